"""Pairs as columns: what they are, in whatever process."""

from __future__ import annotations

import pickle

from judging import pair

from bayling.corpus._lot import Columns, Lot

PAIRS = [
    pair("file", "Datei", id="1"),
    pair("open", "öffnen", "en-GB", "de-AT", id="2"),
    pair("5 files", "fünf Dateien", id="3"),
]


def test_a_lot_is_its_pairs() -> None:
    columns = pickle.loads(pickle.dumps(Columns.of(PAIRS)))
    lot = Lot(columns, [2, 0])
    assert list(lot) == [lot[0], lot[1]] == [PAIRS[2], PAIRS[0]]
    assert list(lot[1:]) == [PAIRS[0]]
    assert (lot.sources, lot.targets) == (["5 files", "file"], ["fünf Dateien", "Datei"])
    assert list(Lot.of(PAIRS)) == PAIRS


def test_columns_have_the_sources_and_the_targets() -> None:
    lot = Lot(Columns.of(PAIRS), [2, 0])
    assert lot.both(lot.texts.with_digits).tolist() == [[True, False], [False, False]]
    assert lot.both(lot.texts.widths).tolist() == [[7, 4], [12, 5]]


def test_pairs_are_told_apart_by_their_languages() -> None:
    found = {languages: where.tolist() for languages, where in Lot.of(PAIRS).directions()}
    assert found == {("en", "de"): [0, 2], ("en-GB", "de-AT"): [1]}
    alike = Lot.of(PAIRS[::2])
    assert [where.tolist() for _, where in alike.directions()] == [[0, 1]]
