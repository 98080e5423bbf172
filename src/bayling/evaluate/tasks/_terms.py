"""What the three conditions of WMT's terminology task ask for, of the same sources: no words, their
terms, and as many words of the reference drawn at random."""

from __future__ import annotations

import re

from bayling import languages
from bayling.records import Sample


def terms(sample: Sample) -> list[str]:
    """The target side of the sample's terms, each once."""
    return list(dict.fromkeys(word for _, word in sample.terms))


def others(sample: Sample) -> list[str]:
    """The reference's words, but for terms and parts of them; single letters are none."""
    known = " ".join(terms(sample))
    spaced = languages.is_spaced(sample.target_lang)
    words = re.findall(r"[^\W\d_]{2,}", sample.reference) if spaced else []
    return [word for word in dict.fromkeys(words) if word not in known]
