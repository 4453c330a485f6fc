"""Update rules against PyTorch, against steps worked out by hand, and for what a caller may rely on."""

import tracemalloc

import numpy as np
import pytest
import torch

from lib.nn.optim import OPTIMIZERS, adam, adam_as_printed, rmsprop, sgd, sgd_momentum

ORACLES = {
    "sgd": ({"learning_rate": 0.1}, lambda w: torch.optim.SGD([w], lr=0.1)),
    "sgd_momentum": (
        {"learning_rate": 0.1, "momentum": 0.8},
        lambda w: torch.optim.SGD([w], lr=0.1, momentum=0.8),
    ),
    "rmsprop": (
        {"learning_rate": 0.01, "decay_rate": 0.95, "epsilon": 1e-3},
        lambda w: torch.optim.RMSprop([w], lr=0.01, alpha=0.95, eps=1e-3),
    ),
    "adam": (
        {"learning_rate": 0.02, "beta1": 0.85, "beta2": 0.98, "epsilon": 1e-3},
        lambda w: torch.optim.Adam([w], lr=0.02, betas=(0.85, 0.98), eps=1e-3),
    ),
}


@pytest.mark.parametrize("name", ORACLES)
def test_twenty_steps_match_pytorch(name):
    config, oracle = ORACLES[name]
    rng = np.random.default_rng(0)
    w = rng.standard_normal((4, 3))
    tensor = torch.from_numpy(w.copy()).requires_grad_()
    theirs = oracle(tensor)
    for _ in range(20):
        dw = rng.standard_normal(w.shape)
        w, config = OPTIMIZERS[name](w, dw, config)
        tensor.grad = torch.from_numpy(dw)
        theirs.step()
        np.testing.assert_allclose(w, tensor.detach().numpy(), rtol=1e-12, atol=1e-14)


def test_momentum_carries_the_rate_in_its_velocity():
    """With the rate at 0 the old velocity still moves the weights: CS231n's form, not PyTorch's."""
    config = {"learning_rate": 0.5, "momentum": 0.9}
    w, config = sgd_momentum(np.array([1.0]), np.array([2.0]), config)
    np.testing.assert_allclose([w, config["velocity"]], [[0.0], [-1.0]], atol=1e-15)
    config["learning_rate"] = 0.0
    w, config = sgd_momentum(w, np.array([2.0]), config)
    np.testing.assert_allclose(w, [-0.9])


def test_defaults_are_the_course_s_and_are_written_into_the_configuration():
    w, dw = np.array([1.0, -2.0]), np.array([0.5, 0.25])
    next_w, config = sgd(w, dw)
    np.testing.assert_allclose(next_w, [0.995, -2.0025])
    assert config.keys() == {"learning_rate", "scratch"}
    assert config["learning_rate"] == 1e-2
    next_w, config = rmsprop(w, dw, None)
    np.testing.assert_allclose(config["cache"], 0.01 * dw**2)
    np.testing.assert_allclose(next_w, w - 0.01 * dw / (0.1 * dw + 1e-8))
    _, config = adam(w, dw)
    settings = {key: config[key] for key in ("learning_rate", "beta1", "beta2", "epsilon", "t")}
    assert settings == {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 1}


def test_adam_by_hand():
    """Under a constant gradient both corrected moments are exact from the start: each step is the rate."""
    w, config = np.array([1.0]), {"learning_rate": 0.1, "epsilon": 0.0}
    for step in (1, 2, 3):
        w, config = adam(w, np.array([4.0]), config)
        np.testing.assert_allclose(w, [1 - 0.1 * step], rtol=1e-12)
    np.testing.assert_allclose(config["m"], [4 * (1 - 0.9**3)])
    np.testing.assert_allclose(config["v"], [16 * (1 - 0.999**3)])
    assert config["t"] == 3


def test_adam_as_printed_by_hand():
    """First step 0, since the moments are still 0; the second has one gradient but corrects for two."""
    dw, config = np.array([4.0]), {"learning_rate": 0.1}
    first, config = adam_as_printed(np.array([1.0]), dw, config)
    np.testing.assert_array_equal(first, [1.0])
    np.testing.assert_allclose([config["m"], config["v"]], [[0.4], [0.016]])
    second, config = adam_as_printed(first, dw, config)
    np.testing.assert_allclose(second, 1 - 0.1 * (0.4 / 0.19) / np.sqrt(0.016 / 0.001999), rtol=1e-7)
    np.testing.assert_allclose([config["m"], config["v"]], [[0.76], [0.031984]])
    third, _ = adam_as_printed(second, dw, config)
    np.testing.assert_allclose(third, second - 0.1 * (0.76 / 0.271) / np.sqrt(0.031984 / (1 - 0.999**3)), rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weights_and_gradients_are_left_alone_and_precision_is_kept(name, dtype):
    """Also with a rate that comes out of an array, which is a NumPy float64."""
    rng = np.random.default_rng(1)
    w, dw = (rng.standard_normal((3, 2)).astype(dtype) for _ in range(2))
    w_before, dw_before = w.copy(), dw.copy()
    config = {"learning_rate": np.logspace(-3, -2, 4)[1]}
    for _ in range(2):
        next_w, config = OPTIMIZERS[name](w, dw, config)
    np.testing.assert_array_equal(dw, dw_before)
    if name == "sgd":
        assert next_w is w
    else:
        np.testing.assert_array_equal(w, w_before)
        assert not np.shares_memory(next_w, w)
    arrays = [value for value in config.values() if isinstance(value, np.ndarray)]
    assert {array.dtype for array in (next_w, *arrays)} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_unknown_key_is_named_with_the_nearest_and_all_allowed(name):
    with pytest.raises(ValueError, match=r"unknown configuration key 'learnin_rate' \(learning_rate\?\); allowed: "):
        OPTIMIZERS[name](np.zeros(2), np.zeros(2), {"learnin_rate": 1.0})


def test_a_key_of_another_rule_is_not_silently_ignored():
    with pytest.raises(ValueError, match="sgd: unknown configuration key 'momentum'; allowed: learning_rate"):
        sgd(np.zeros(2), np.zeros(2), {"momentum": 0.9})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_gradient_of_another_shape_is_refused_with_both(name):
    message = rf"{name}: w and dw must have one shape; got w \(2, 1\) float32, dw \(2,\) float64"
    with pytest.raises(ValueError, match=message):
        OPTIMIZERS[name](np.zeros((2, 1), np.float32), np.zeros(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", [adam, adam_as_printed])
def test_adam_as_the_report_prints_it_has_the_bits_of_what_the_solver_runs(rule, dtype):
    """Every operation is the same and is rounded once, so that no tolerance is needed, however long the training."""
    rng = np.random.default_rng(2)
    settings = {"learning_rate": 3e-3, "beta1": 0.85, "beta2": 0.98, "epsilon": 1e-7}
    printed = (10.0 ** rng.uniform(-20, 5, (70, 33))).astype(dtype)
    trained, config, other = printed.copy(), dict(settings), dict(settings)
    for step in range(200):
        dw = (rng.standard_normal(printed.shape) * 10.0 ** rng.uniform(-20, 5, printed.shape)).astype(dtype)
        dw *= rng.random(printed.shape) < 0.9
        printed, config = rule(printed, dw, config)
        trained, other = rule(trained, dw, other, out=trained)
        config["learning_rate"] *= 0.99
        other["learning_rate"] *= 0.99
        assert config["t"] == other["t"] == step + 1
        for one, two in ((printed, trained), (config["m"], other["m"]), (config["v"], other["v"])):
            assert one.dtype == two.dtype == dtype
            np.testing.assert_array_equal(one, two)
    assert np.isfinite(printed).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_in_place_has_the_same_bits_and_makes_no_new_arrays(name):
    rng = np.random.default_rng(0)
    w, dw = rng.normal(size=(2, 200, 300)).astype(np.float32)
    own, elsewhere = w.copy(), w
    config, other = {}, {}
    for _ in range(3):
        elsewhere, other = OPTIMIZERS[name](elsewhere, dw, other)
        in_place, config = OPTIMIZERS[name](own, dw, config, out=own)
        assert in_place is own
    assert np.array_equal(own, elsewhere)
    tracemalloc.start()
    OPTIMIZERS[name](own, dw, config, out=own)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < own.nbytes / 10
