"""The gradient check finds right gradients right, and wrong ones wrong."""

from __future__ import annotations

import numpy as np
import pytest

from lib.experiments import layer_checks
from lib.experiments.config.gradients import GradientCheckConfig, LayerCheckConfig, ProblemConfig, StepStudyConfig
from lib.experiments.gradients import check, numerical_gradients, step_study
from lib.experiments.layer_checks import check_layers
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.gradient_check import eval_numerical_gradient
from lib.nn.layers import layernorm_backward

PROBLEM = {"samples": 2, "input_size": 15, "hidden": (20, 30), "classes": 10, "weight_scale": 5e-2}
SMALL = ProblemConfig(samples=2, input_size=4, hidden=(5,), classes=3, weight_scale=0.1)
STEPS = StepStudyConfig(exponents=(-9, -5), per_decade=1, regularisations=(0.0, 3.14))
LAYERS = LayerCheckConfig(seed=0, step=1e-5, keep_ratio=0.7)


@pytest.fixture(scope="module")
def layers():
    return check_layers(LAYERS)


@pytest.fixture(scope="module")
def whole():
    return check(GradientCheckConfig(seed=231, step=1e-5, regularisations=(0, 3.14), **PROBLEM))


def test_initial_losses_are_the_published_ones(whole):
    assert [round(column["initial_loss"], 4) for column in whole["columns"]] == [2.3005, 7.0521]


def test_errors_are_as_small_as_the_published_ones(whole):
    """Published: at most 2.21e-5 (W2 without regularisation); the last digits are the processor's."""
    for column in whole["columns"]:
        assert list(column["errors"]) == ["W1", "W2", "W3", "b1", "b2", "b3"]
        assert max(column["errors"].values()) < 1e-4
        assert column["mean_error"] == np.mean(list(column["errors"].values()))
    assert whole["columns"][0]["errors"]["W2"] == pytest.approx(2.21e-5, rel=0.5)
    assert whole["step"] == 1e-5


def test_all_strengths_draw_from_one_generator():
    """The second network's weights depend on the first one's having been drawn before."""
    alone = check(GradientCheckConfig(seed=231, step=1e-5, regularisations=(3.14,), **PROBLEM))
    assert round(alone["columns"][0]["initial_loss"], 4) != 7.0521


def test_every_layer_and_every_kind_of_network_is_checked(layers):
    assert list(layers["subject"].unique()) == [
        *("affine", "relu", "dropout", "batchnorm", "layernorm", "softmax", "network")
    ]
    networks = layers[layers["subject"] == "network"]
    combinations = networks[["normalization", "keep_ratio", "regularisation"]].drop_duplicates()
    assert len(combinations) == 3 * 2 * 2
    assert set(networks["normalization"]) == {"none", "batchnorm", "layernorm"}
    plain = networks[(networks["normalization"] == "none") & (networks["keep_ratio"] == 1)]
    assert list(plain["quantity"]) == ["W1", "b1", "W2", "b2", "W3", "b3"] * 2
    normalised = networks[networks["normalization"] == "layernorm"]
    assert set(normalised["quantity"]) == {*("W1", "b1", "gamma1", "beta1", "W2", "b2", "gamma2", "beta2", "W3", "b3")}


def test_gradients_agree_with_centred_differences_and_autograd(layers):
    measured = layers.dropna(subset=["numerical_error", "autograd_error"])
    assert measured["numerical_error"].max() <= 1e-6
    assert measured["autograd_error"].max() <= 1e-10


def test_only_biases_before_batch_norm_have_no_gradient(layers):
    vanishing = layers[layers["numerical_error"].isna()]
    assert set(vanishing["normalization"]) == {"batchnorm"}
    assert set(vanishing["quantity"]) == {"b1", "b2"}
    assert len(vanishing) == 8
    assert vanishing["largest_gradient"].max() < 1e-12


def test_a_wrong_backward_pass_is_noticed(monkeypatch):
    def wrong(dout, cache):
        dx, dgamma, dbeta = layernorm_backward(dout, cache)
        return dx, dgamma, 1.001 * dbeta

    monkeypatch.setattr(layer_checks, "layernorm_backward", wrong)
    table = check_layers(LAYERS).query("subject == 'layernorm'").set_index("quantity")
    assert table.loc["beta", "numerical_error"] > 1e-4
    assert table.loc["beta", "autograd_error"] > 1e-4
    assert table.loc["gamma", "numerical_error"] < 1e-6


def test_a_step_too_large_for_the_kinks_is_refused():
    with pytest.raises(ValueError, match=r"step 0\.1 is too large"):
        check_layers(LayerCheckConfig(seed=0, step=0.1, keep_ratio=0.7))


def test_layer_check_is_repeatable(layers):
    assert check_layers(LAYERS).equals(layers)


def test_step_study_has_a_row_for_each_strength_step_and_group():
    errors = step_study(STEPS, SMALL, seed=3)
    assert list(errors.columns) == [*("seed", "regularisation", "step", "group", "absolute_error", "relative_error")]
    assert len(errors.drop_duplicates(["regularisation", "step", "group"])) == len(errors) == 2 * 5 * 2
    assert set(errors["seed"]) == {3}
    assert set(errors["group"]) == {"weights", "biases"}
    assert (errors["absolute_error"] > 0).all()
    assert step_study(STEPS, SMALL, seed=3).equals(errors)
    assert not step_study(STEPS, SMALL, seed=4)["absolute_error"].equals(errors["absolute_error"])


def test_small_steps_lose_digits_to_rounding():
    errors = step_study(STEPS, SMALL, seed=0).groupby("step")["absolute_error"].max()
    assert errors.loc[1e-9] > 100 * errors.loc[1e-5]


def test_shortcut_for_many_strengths_is_the_check_itself():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((3, 4)), np.array([0, 2, 1])
    strengths = np.array([0.0, 0.1, 3.14])
    network = FullyConnectedNet((5, 6), input_dim=4, num_classes=3, dtype=np.float64, seed=rng)
    fast = numerical_gradients(network, X, y, strengths, step=1e-6)
    for k, strength in enumerate(strengths):
        network.reg = float(strength)
        for name, array in network.params.items():
            slow = eval_numerical_gradient(lambda _: network.loss(X, y)[0], array, h=1e-6)
            np.testing.assert_array_equal(fast[name][k], slow)
