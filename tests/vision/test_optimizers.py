"""Schedules have the shape that their name says; Muon moves the kernels it is given."""

import pytest
import torch
from torch import nn

from lib.vision.config import OptimizerConfig
from lib.vision.muon import COEFFICIENTS, ITERATIONS, muon, orthogonalised
from lib.vision.optimizers import Stepper, schedule_factor


def test_multistep_drops_after_each_milestone():
    config = OptimizerConfig(milestones=(2, 3), factor=0.1)
    factors = [schedule_factor(config, step, 10, 4) for step in (0, 19, 20, 29, 30, 39)]
    assert factors == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_triangle_rises_to_its_peak_and_falls_to_zero():
    config = OptimizerConfig(schedule="triangular", peak_at=0.25)
    factors = [schedule_factor(config, step, 10, 4) for step in range(40)]
    assert max(factors) == pytest.approx(1, abs=0.05)
    assert factors.index(max(factors)) in (9, 10)
    assert all(b > a for a, b in zip(factors[:9], factors[1:10], strict=True))
    assert all(b < a for a, b in zip(factors[10:], factors[11:], strict=False))
    assert 0 < factors[-1] < 0.02
    assert 0 < factors[0] < 0.06


def small_model() -> nn.Module:
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 36, 4))
    return layers.to(memory_format=torch.channels_last)


def step_once(model: nn.Module, config: OptimizerConfig) -> None:
    stepper = Stepper(model, config, steps_per_epoch=1, epochs=1)
    x = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    model(x.contiguous(memory_format=torch.channels_last)).square().mean().backward()
    stepper.step(stepper.rates(0))


def test_muon_moves_a_kernel_by_a_nearly_orthogonal_matrix():
    model = small_model()
    before = model[0].weight.detach().clone()
    step_once(model, OptimizerConfig("muon", 0.1, schedule="multistep", muon_learning_rate=0.5, decay_all=False))
    moved = (before - model[0].weight.detach()).reshape(8, 27) / 0.5
    # Five Newton-Schulz iterations bring singular values into about [0.7, 1.2] (Jordan 2024).
    singular = torch.linalg.svdvals(moved)
    assert float(singular.min()) > 0.5
    assert float(singular.max()) < 1.4


@pytest.mark.parametrize("name", ["sgd", "muon", "adamw"])
def test_rates_may_be_tensors_as_a_recorded_step_needs_them(name):
    models = [small_model(), small_model()]
    for model, kind in zip(models, (tuple, torch.tensor), strict=True):
        stepper = Stepper(model, OptimizerConfig(name, 0.1, muon_weight_decay=0.1), 1, 1)
        x = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(1))
        for _ in range(3):
            model(x.contiguous(memory_format=torch.channels_last)).square().mean().backward()
            stepper.step(kind(stepper.rates(0)))
    for a, b in zip(*(model.parameters() for model in models), strict=True):
        assert torch.allclose(a, b, rtol=1e-5, atol=1e-7)


def test_muon_leaves_the_other_weights_to_sgd():
    with_muon, with_sgd = small_model(), small_model()
    step_once(with_muon, OptimizerConfig("muon", 0.1, weight_decay=0.0))
    step_once(with_sgd, OptimizerConfig("sgd", 0.1, weight_decay=0.0))
    assert torch.equal(with_muon[3].weight, with_sgd[3].weight)
    assert not torch.equal(with_muon[0].weight, with_sgd[0].weight)


@pytest.mark.parametrize(("decay_all", "shrinks"), [(True, True), (False, False)])
def test_weight_decay_spares_norm_and_biases_on_request(decay_all, shrinks):
    model = small_model()
    stepper = Stepper(model, OptimizerConfig("sgd", 0.1, weight_decay=0.5, decay_all=decay_all), 1, 1)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    stepper.step(stepper.rates(0))
    assert (float(model[1].weight.detach().mean()) < 1) == shrinks


def test_sgd_is_that_of_pytorch():
    ours, theirs = small_model(), small_model()
    step_once(ours, OptimizerConfig("sgd", 0.1, 0.9, nesterov=True, weight_decay=0.01))
    optimizer = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)
    x = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    theirs(x.contiguous(memory_format=torch.channels_last)).square().mean().backward()
    optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_adamw_is_that_of_pytorch():
    config = OptimizerConfig("adamw", 0.01, momentum=0.8, beta2=0.95, weight_decay=0.1)
    ours, theirs = small_model(), small_model()
    stepper = Stepper(ours, config, 1, 1)
    optimizer = torch.optim.AdamW(theirs.parameters(), lr=0.01, betas=(0.8, 0.95), weight_decay=0.1, fused=True)
    for seed in range(3):
        x = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
        for model in (ours, theirs):
            model(x.contiguous(memory_format=torch.channels_last)).square().mean().backward()
        stepper.step(stepper.rates(0))
        optimizer.step()
        optimizer.zero_grad()
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


def test_an_unknown_optimiser_is_named():
    with pytest.raises(ValueError, match="unknown optimiser 'lion'; allowed: sgd, muon, adamw"):
        Stepper(small_model(), OptimizerConfig("lion"), 1, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(8, 27), (27, 8), (6, 6)])
def test_muon_in_bfloat16_is_that_of_pytorch(shape):
    generator = torch.Generator().manual_seed(2)
    start = torch.randn(shape, generator=generator)
    theirs, ours, momentum = nn.Parameter(start.clone()), start.clone(), torch.zeros(shape)
    optimizer = torch.optim.Muon([theirs], lr=0.1, momentum=0.9, weight_decay=0.01)
    for _ in range(3):
        gradient = torch.randn(shape, generator=generator)
        theirs.grad = gradient.clone()
        optimizer.step()
        muon([ours], [gradient], [momentum], lr=0.1, momentum=0.9, weight_decay=0.01, dtype=torch.bfloat16)
    assert torch.equal(ours, theirs)


def test_singular_values_follow_the_quintic_of_muon():
    matrix = torch.randn(7, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    u, s, vt = torch.linalg.svd(matrix, full_matrices=False)
    s = s / torch.linalg.norm(matrix)
    a, b, c = COEFFICIENTS
    for _ in range(ITERATIONS):
        s = a * s + b * s**3 + c * s**5
    for given, expected in ((matrix, u @ s.diag() @ vt), (matrix.T, (u @ s.diag() @ vt).T)):
        assert torch.allclose(orthogonalised(given, torch.float64), expected, rtol=0, atol=1e-10)
    assert torch.allclose(orthogonalised(matrix.float(), torch.float32).double(), u @ s.diag() @ vt, rtol=0, atol=1e-4)


def test_muon_leaves_gradients_of_its_own_type_as_they_are():
    gradient = torch.ones(2, 3)
    orthogonalised(gradient, torch.float32)
    assert torch.equal(gradient, torch.ones(2, 3))
