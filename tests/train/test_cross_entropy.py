"""The loss in blocks against PyTorch's own cross-entropy on all the logits."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from bayling.train import cross_entropy


@pytest.mark.parametrize("softcap", [None, 3.0])
@pytest.mark.parametrize("block", [1, 4, 1 << 20])
def test_value_and_gradients_equal_the_plain_loss(
    monkeypatch: pytest.MonkeyPatch, softcap: float | None, block: int
) -> None:
    monkeypatch.setattr(cross_entropy, "_BLOCK", block)
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(11, 7, generator=generator, dtype=torch.float64).float()
    projection = torch.randn(23, 7, generator=generator)
    targets = torch.randint(23, (11,), generator=generator)
    weights = torch.rand(11, generator=generator) * 5
    ours = [hidden.clone().requires_grad_(), projection.clone().requires_grad_()]
    plain = [hidden.clone().requires_grad_(), projection.clone().requires_grad_()]

    total = cross_entropy.linear_cross_entropy(*ours, targets, weights, softcap)
    logits = plain[0] @ plain[1].T
    if softcap is not None:
        logits = softcap * torch.tanh(logits / softcap)
    expected = (functional.cross_entropy(logits, targets, reduction="none") * weights).sum()

    torch.testing.assert_close(total, expected, rtol=1e-5, atol=1e-5)
    (total * 3).backward()
    (expected * 3).backward()
    for mine, theirs in zip(ours, plain, strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-5, atol=1e-5)


def test_logits_beyond_what_exp_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logits that grow from block to block by hundreds: what was summed is scaled down in time."""
    monkeypatch.setattr(cross_entropy, "_BLOCK", 2)
    hidden = torch.tensor([[1.0], [-1.0]], requires_grad=True)
    projection = torch.arange(0.0, 1200.0, 200.0)[:, None]
    targets, weights = torch.tensor([4, 1]), torch.tensor([1.0, 2.0])
    total = cross_entropy.linear_cross_entropy(hidden, projection, targets, weights)
    assert total.item() == pytest.approx(200 + 2 * 200)
    total.backward()
    torch.testing.assert_close(hidden.grad, torch.tensor([[200.0], [2 * -200.0]]))


def test_bf16_is_exact_where_the_model_is_sure() -> None:
    """Most of a revision is copied: targets of probability 0.99 and more, in a GPU's precision."""
    generator = torch.Generator().manual_seed(0)
    projection = torch.randn(2000, 64, generator=generator).bfloat16()
    targets = torch.randint(2000, (48,), generator=generator)
    strength = torch.linspace(0.2, 0.6, 48)[:, None]
    hidden = (projection[targets].float() * strength).bfloat16().requires_grad_()
    weights = torch.ones(48)
    truth = hidden.detach().double().requires_grad_()
    logits = truth @ projection.double().T
    expected = functional.cross_entropy(logits, targets, reduction="none")
    expected.sum().backward()
    each = [
        cross_entropy.linear_cross_entropy(
            hidden[row : row + 1], projection, targets[row : row + 1], weights[:1]
        )
        for row in range(48)
    ]
    assert min(each) >= 0
    total = cross_entropy.linear_cross_entropy(hidden, projection, targets, weights)
    torch.testing.assert_close(total.double(), expected.sum(), rtol=0.01, atol=0)
    (gradient,) = torch.autograd.grad(total, hidden)
    error = (gradient.double() - truth.grad).norm(dim=-1) / truth.grad.norm(dim=-1)
    assert error.median() < 0.02


def test_a_frozen_projection_gets_no_gradient() -> None:
    hidden, projection = torch.randn(3, 4, requires_grad=True), torch.randn(5, 4)
    cross_entropy.linear_cross_entropy(
        hidden, projection, torch.tensor([0, 1, 2]), torch.ones(3)
    ).backward()
    assert projection.grad is None
    assert hidden.grad is not None


def test_nothing_learned_is_a_loss_of_zero() -> None:
    none = torch.empty(0, 4, requires_grad=True)
    total = cross_entropy.linear_cross_entropy(
        none, torch.randn(5, 4), torch.empty(0, dtype=torch.long), torch.empty(0)
    )
    assert total.item() == 0
    total.backward()


@pytest.mark.parametrize("softcap", [None, 3.0])
@pytest.mark.parametrize("block", [1, 4, 1 << 20])
def test_what_is_to_be_unlikely(
    monkeypatch: pytest.MonkeyPatch, softcap: float | None, block: int
) -> None:
    monkeypatch.setattr(cross_entropy, "_BLOCK", block)
    generator = torch.Generator().manual_seed(1)
    hidden = torch.randn(11, 7, generator=generator)
    projection = torch.randn(23, 7, generator=generator)
    targets = torch.randint(23, (11,), generator=generator)
    weights = torch.rand(11, generator=generator) * 5
    ours = [hidden.clone().requires_grad_(), projection.clone().requires_grad_()]
    plain = [hidden.double().requires_grad_(), projection.double().requires_grad_()]
    total = cross_entropy.linear_cross_entropy(*ours, targets, weights, softcap, unlikely=True)
    logits = plain[0] @ plain[1].T
    if softcap is not None:
        logits = softcap * torch.tanh(logits / softcap)
    chances = logits.softmax(-1)[torch.arange(11), targets]
    expected = (-torch.log(torch.clamp(1 - chances, min=1e-9)) * weights).sum()
    assert total.item() == pytest.approx(expected.item(), rel=1e-5)
    (total * 3).backward()
    (expected * 3).backward()
    for mine, theirs in zip(ours, plain, strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad.float(), rtol=1e-4, atol=1e-5)


def test_a_certainty_that_is_to_be_unlikely_has_a_bound_and_no_gradient() -> None:
    hidden = torch.tensor([[30.0], [1.0]], requires_grad=True)
    projection = torch.tensor([[0.0], [1.0]])
    targets, weights = torch.tensor([1, 1]), torch.ones(2)
    total = cross_entropy.linear_cross_entropy(hidden, projection, targets, weights, unlikely=True)
    likely = 1 / (1 + math.exp(-1))
    assert total.item() == pytest.approx(-math.log(1e-9) - math.log(1 - likely))
    total.backward()
    assert hidden.grad is not None
    assert hidden.grad[0].item() == 0
    assert hidden.grad[1].item() == pytest.approx(likely)
