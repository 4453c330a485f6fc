"""Inputs that once gave wrong numbers without a word: each gives the right ones now, or is refused with a reason."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lib.nn.checks import check_count, check_number
from lib.nn.fc_net import FullyConnectedNet, TwoLayerNet
from lib.nn.gradient_check import eval_numerical_gradient, rel_error
from lib.nn.layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward,
    batchnorm_forward,
    dropout_backward,
    dropout_forward,
    layernorm_backward,
    layernorm_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
    svm_loss,
)
from lib.nn.optim import OPTIMIZERS, adam, rmsprop, sgd, sgd_momentum
from lib.nn.solver import Solver

RNG = np.random.default_rng(0)
X, GAMMA, BETA = RNG.standard_normal((6, 5)), RNG.standard_normal(5), RNG.standard_normal(5)


# Dropout


def test_dropout_without_a_generator_draws_from_numpy_s_global_one_as_the_course_does():
    x = np.ones((40, 30))
    np.random.seed(5)  # noqa: NPY002
    expected = (np.random.rand(40, 30) < 0.6) / 0.6  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    param = {"mode": "train", "p": 0.6}
    out, (kept, mask) = dropout_forward(x, param)
    assert kept is param
    np.testing.assert_allclose(mask, expected)
    np.testing.assert_allclose(out, expected)
    assert (dropout_forward(x, param)[0] != out).any()


def test_a_seed_of_dropout_gives_the_course_s_mask_at_each_call_and_leaves_the_global_generator_alone():
    np.random.seed(3)  # noqa: NPY002
    expected = (np.random.rand(8, 9) < 0.5) / 0.5  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for _ in range(2):
        _, (_, mask) = dropout_forward(np.ones((8, 9)), {"mode": "train", "p": 0.5, "seed": 3})
        np.testing.assert_array_equal(mask, expected)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_dropout_of_integers_has_the_fractions():
    out, _ = dropout_forward(np.full((50, 50), 3), {"mode": "train", "p": 0.4, "seed": 1})
    np.testing.assert_allclose(np.unique(out), [0, 7.5])


def test_dropout_in_test_mode_hands_out_arrays_of_its_own():
    x, dout = np.ones((2, 2)), np.ones((2, 2))
    out, cache = dropout_forward(x, {"mode": "test", "p": 0.5})
    dx = dropout_backward(dout, cache)
    out += 5
    dx += 5
    assert (x == 1).all() and (dout == 1).all() and cache[1] is None


def test_a_seeded_network_drops_the_same_units_at_each_call():
    rng = np.random.default_rng(231)
    x, y = rng.standard_normal((2, 15)), rng.integers(10, size=2)
    for keep in (0.75, 0.5):
        net = FullyConnectedNet(
            [20, 30], 15, 10, dropout_keep_ratio=keep, weight_scale=5e-2, seed=123, dtype=np.float64
        )
        loss, gradients = net.loss(x, y)
        assert net.loss(x, y)[0] == loss
        for name, array in net.params.items():
            numerical = eval_numerical_gradient(lambda _, net=net: net.loss(x, y)[0], array)
            assert rel_error(gradients[name], numerical) < 2e-5, name


def test_layers_of_one_size_do_not_drop_the_same_units():
    net = FullyConnectedNet([64, 64], 5, 3, dropout_keep_ratio=0.5, seed=7)
    masks = [dropout_forward(np.ones((10, 64)), param)[0] for param in net.dropout_params]
    assert (masks[0] != masks[1]).any()


# Update rules


@pytest.mark.parametrize(
    ("rule", "memory", "settings"),
    [
        (adam, {"m": 0, "v": 0, "t": 0}, {}),
        (adam, {"m": np.float32(0), "v": np.array(0.0)}, {}),
        (adam, {"m": np.zeros(2, int), "v": np.broadcast_to(0.0, 2)}, {}),
        (sgd_momentum, {"velocity": 0}, {"learning_rate": 0.01}),
        (rmsprop, {"cache": 0}, {}),
    ],
)
def test_a_memory_that_is_a_single_number_remembers(rule, memory, settings):
    results = []
    for start in (memory, {}):
        w, config = np.ones(2), {**start, **settings}
        for _ in range(3):
            w, config = rule(w, np.ones(2), config)
        results.append(w)
    np.testing.assert_array_equal(*results)
    expected = {adam: 0.997, sgd_momentum: 0.9439, rmsprop: 0.771}[rule]
    np.testing.assert_allclose(results[0], expected, atol=5e-4 if rule is rmsprop else 1e-8)


def test_a_memory_handed_in_stays_the_caller_s():
    velocity = np.full(3, 0.5)
    w, config = sgd_momentum(np.ones(3), np.ones(3), {"velocity": velocity})
    sgd_momentum(w, np.ones(3), config)
    np.testing.assert_array_equal(velocity, 0.5)
    assert (config["velocity"] != 0.5).all()


def test_one_array_for_both_memories_is_two():
    zeros = np.zeros(3)
    w, config = np.ones(3), {"m": zeros, "v": zeros}
    expected, other = np.ones(3), {}
    for _ in range(3):
        w, config = adam(w, np.full(3, 0.3), config)
        expected, other = adam(expected, np.full(3, 0.3), other)
    np.testing.assert_array_equal(w, expected)


@pytest.mark.parametrize(("rule", "memory"), [(adam, "m"), (adam, "v"), (sgd_momentum, "velocity"), (rmsprop, "cache")])
@pytest.mark.parametrize("shape", [(4,), (1,), (3, 1), (4, 3)])
def test_a_memory_of_another_shape_is_refused_with_both(rule, memory, shape):
    with pytest.raises(
        ValueError, match=rf"{rule.__name__}: {memory} must have the shape of w; got .*w \(3, 4\) float64"
    ):
        rule(np.ones((3, 4)), np.ones((3, 4)), {memory: np.zeros(shape)})
    with pytest.raises(ValueError, match="real numbers"):
        rule(np.ones((3, 4)), np.ones((3, 4)), {memory: "zeros"})


def test_one_configuration_serves_parameters_of_all_shapes_where_nothing_is_remembered():
    config = {"learning_rate": 0.5}
    for shape in [(3, 4), (4,), (2, 2, 2)]:
        for dtype in (np.float32, np.float64):
            w, config = sgd(np.ones(shape, dtype), np.ones(shape, dtype), config)
            np.testing.assert_array_equal(w, np.full(shape, 0.5, dtype))
            assert w.dtype == dtype
    _, config = adam(np.ones((3, 4)), np.ones((3, 4)))
    with pytest.raises(ValueError, match="each needs a configuration of its own"):
        adam(np.ones(4), np.ones(4), config)


@pytest.mark.parametrize("rule", [rule for name, rule in OPTIMIZERS.items() if name != "sgd"])
@pytest.mark.parametrize(("w_type", "dw_type"), [("f4", "f8"), ("f8", "f4")])
def test_mixed_precisions_give_the_finer_one(rule, w_type, dw_type):
    w, config = np.ones(3, w_type), {}
    expected, other = np.ones(3), {}
    for _ in range(3):
        w, config = rule(w, np.full(3, 0.25, dw_type), config)
        expected, other = rule(expected, np.full(3, 0.25), other)
    assert w.dtype == np.float64
    np.testing.assert_allclose(w, expected, rtol=1e-7)
    memory = [value for name, value in config.items() if isinstance(value, np.ndarray) and name != "scratch"]
    assert {array.dtype for array in memory} == {np.dtype(np.float64)}


def test_sgd_steps_in_place_and_keeps_the_precision_of_the_weights():
    w = np.ones(2, "f4")
    next_w, _ = sgd(w, np.ones(2))
    assert next_w is w and w.dtype == np.float32
    np.testing.assert_allclose(w, 0.99)
    elsewhere, _ = sgd(w, np.ones(2), out=np.empty(2))
    assert elsewhere is not w
    np.testing.assert_allclose(w, 0.99)


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
@pytest.mark.parametrize(
    ("w", "dw", "message"),
    [
        (np.ones(2, "f2"), np.ones(2), r"dtype of w \(2,\) is float16: 1e-8"),
        (np.ones(2), np.ones(2, "f2"), r"dtype of dw \(2,\) is float16"),
        (np.ones(2, int), np.ones(2), "is int64: weights move by fractions"),
        (np.ones(2, complex), np.ones(2), "is complex128: the layers are for real numbers"),
        (np.float64(1), np.float64(1), "w must be an array of one dimension or more"),
        ([1.0, 2.0], np.ones(2), "w must be an array"),
    ],
)
def test_other_numbers_are_refused_by_the_update_rules(rule, w, dw, message):
    with pytest.raises(ValueError, match=message):
        rule(w, dw)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"t": 1.5}, "t, the steps taken, is 1.5; allowed: whole numbers"),
        ({"t": -1}, "is too small"),
        ({"learning_rate": np.array([0.1, 0.2])}, "learning_rate is"),
        ({"learning_rate": "0.1"}, "learning_rate is '0.1'"),
        ({"beta1": np.nan}, "beta1 is nan"),
    ],
)
def test_settings_of_an_update_rule_are_single_numbers(config, message):
    with pytest.raises(ValueError, match=message):
        adam(np.ones(2), np.ones(2), config)


# Layers


@pytest.mark.parametrize("own", [False, True])
def test_the_cache_of_relu_knows_nothing_of_later_changes(own):
    x = np.array([[-1.0, 2.0]])
    out, cache = relu_forward(x, out=x if own else None)
    out += 5
    x -= 9
    np.testing.assert_array_equal(relu_backward(np.ones((1, 2)), cache), [[0, 1]])


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_comes_in_at_a_dead_unit_does_not_matter(value):
    x, dout = np.array([[-1.0, 2.0]]), np.array([[value, 3.0]])
    np.testing.assert_array_equal(relu_backward(dout, relu_forward(x)[1]), [[0, 3]])
    np.testing.assert_array_equal(relu_backward(dout, x), [[0, 3]])
    param = {"mode": "train", "p": 0.5, "mask": x > 0}
    _, cache = dropout_forward(x, param)
    np.testing.assert_array_equal(dropout_backward(dout, cache), [[0, 6]])


def test_a_gradient_that_is_not_finite_at_a_live_unit_is_seen():
    assert np.isnan(relu_backward(np.array([np.nan, 1]), np.array([True, True]))[0])
    assert np.isinf(relu_backward(np.array([np.inf, np.inf]), np.array([True, False]))[0])


BACKWARDS = {
    "affine_backward": (affine_backward, lambda: affine_forward(X, np.ones((5, 5)), np.ones(5))[1]),
    "relu_backward": (relu_backward, lambda: relu_forward(X)[1]),
    "dropout_backward": (dropout_backward, lambda: dropout_forward(X, {"mode": "train", "p": 0.5, "seed": 0})[1]),
    "batchnorm_backward": (batchnorm_backward, lambda: batchnorm_forward(X, GAMMA, BETA, {"mode": "train"})[1]),
    "batchnorm_backward in test mode": (
        batchnorm_backward,
        lambda: batchnorm_forward(X, GAMMA, BETA, {"mode": "test", "running_mean": 0, "running_var": 1})[1],
    ),
    "layernorm_backward": (layernorm_backward, lambda: layernorm_forward(X, GAMMA, BETA)[1]),
}


@pytest.mark.parametrize("shape", [(1, 5), (5,), (6, 1), (), (3, 6, 5)])
@pytest.mark.parametrize("name", BACKWARDS)
def test_a_gradient_of_another_shape_is_not_broadcast(name, shape):
    backward, cache = BACKWARDS[name]
    with pytest.raises(ValueError, match=rf"{backward.__name__}: dout must have the shape of the output, \(6, 5\)"):
        backward(np.ones(shape), cache())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [12345.678, -0.1, 1e-3, 3e7, 0.0])
def test_constant_features_normalise_to_zero(value, dtype):
    x = np.full((1000, 3), value, dtype)
    ones, zeros = np.ones(3, dtype), np.zeros(3, dtype)
    out, cache = batchnorm_forward(x, ones, zeros, param := {"mode": "train", "momentum": 0})
    assert np.abs(out).max() < 1e-3
    np.testing.assert_allclose(param["running_mean"], x[0], rtol=2e-5)
    assert out.dtype == dtype and batchnorm_backward(x, cache)[0].dtype == dtype
    wide = np.full((3, 1000), value, dtype)
    out, _ = layernorm_forward(wide, np.ones(1000, dtype), np.zeros(1000, dtype))
    assert np.abs(out).max() < 1e-3 and out.dtype == dtype


@pytest.mark.parametrize(("offset", "spread"), [(12345.678, 1e-2), (1e4, 1.0), (300.0, 1e-3), (0.0, 1.0)])
def test_nearly_constant_float32_features_normalise_as_well_as_in_pytorch(offset, spread):
    x = (offset + spread * np.random.default_rng(1).standard_normal((1000, 4))).astype(np.float32)
    exact = x.astype(np.float64)
    exact = (exact - exact.mean(axis=0)) / np.sqrt(exact.var(axis=0) + 1e-5)
    ours, _ = batchnorm_forward(x, np.ones(4, "f4"), np.zeros(4, "f4"), {"mode": "train"})
    theirs = F.batch_norm(torch.from_numpy(x), None, None, training=True).numpy()
    assert np.abs(ours - exact).max() <= max(1.1 * np.abs(theirs - exact).max(), 2e-4)


def test_a_constant_feature_among_others_leaves_them_as_they_are():
    x = np.random.default_rng(2).standard_normal((1000, 3)).astype(np.float32)
    alone, _ = batchnorm_forward(x, np.ones(3, "f4"), np.zeros(3, "f4"), {"mode": "train"})
    beside = np.column_stack([x, np.full(1000, 12345.678, np.float32)])
    both, _ = batchnorm_forward(beside, np.ones(4, "f4"), np.zeros(4, "f4"), {"mode": "train"})
    np.testing.assert_array_equal(both[:, :3], alone)


@pytest.mark.parametrize(
    ("param", "message"),
    [
        ({"running_mean": np.zeros((1, 5))}, r"running_mean has shape \(1, 5\); needed: \(5,\)"),
        ({"running_var": np.zeros(6)}, "running_var has shape"),
        ({"eps": -1.0}, "eps is -1.0; allowed"),
        ({"momentum": 1.5}, "momentum is 1.5; allowed: a number from 0 to 1"),
    ],
)
def test_what_batch_norm_remembers_has_the_shape_of_a_feature(param, message):
    with pytest.raises(ValueError, match=message):
        batchnorm_forward(X, GAMMA, BETA, {"mode": "train", **param})


# Labels, batches, networks


BAD_LABELS = {
    "a column": np.zeros((6, 1), int),
    "of another length": np.zeros(5, int),
    "one": 0,
    "floats": np.zeros(6),
    "texts": np.array(["0"] * 6),
    "truth values": np.zeros(6, bool),
    "objects": np.zeros(6, object),
    "too high": np.full(6, 5),
    "negative": np.full(6, -1),
    "none": np.zeros(0, int),
}


def small_net(**options):
    settings = {"normalization": "batchnorm", "dropout_keep_ratio": 0.5, "seed": np.random.default_rng(1), **options}
    return FullyConnectedNet([7, 4], 5, 5, **settings)


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name, array in a.items():
        np.testing.assert_array_equal(array, b[name], err_msg=name)


@pytest.mark.parametrize("kind", BAD_LABELS)
@pytest.mark.parametrize("loss", [softmax_loss, svm_loss])
def test_wrong_labels_are_refused_by_the_losses(loss, kind):
    with pytest.raises(ValueError, match=loss.__name__):
        loss(X, BAD_LABELS[kind])


@pytest.mark.parametrize("kind", BAD_LABELS)
def test_a_refused_loss_changes_nothing(kind):
    net = small_net()
    net.loss(X, np.arange(6) % 5)
    state, params = net.get_state(), copy.deepcopy(net.bn_params)
    with pytest.raises(ValueError, match="loss: "):
        net.loss(X, BAD_LABELS[kind])
    assert_same(net.get_state(), state)
    for ours, before in zip(net.bn_params, params, strict=True):
        assert_same(ours, before)


def test_an_empty_batch_is_refused_and_changes_nothing():
    net = small_net()
    state = net.get_state()
    with pytest.raises(ValueError, match="batch is empty; needed: N at least 1"):
        net.loss(X[:0], np.zeros(0, int))
    assert_same(net.get_state(), state)
    with pytest.raises(ValueError, match="empty batch"):
        batchnorm_forward(X[:0], GAMMA, BETA, {"mode": "train"})


def test_a_loss_that_fails_further_up_leaves_the_running_statistics_alone():
    net = small_net()
    net.params["W3"] = np.ones((3, 3), np.float32)
    before = net.get_weights()
    with pytest.raises(ValueError, match="affine_forward"):
        net.loss(X, np.arange(6) % 5)
    assert_same(net.get_weights(), before)


@pytest.mark.parametrize("kind", BAD_LABELS)
def test_wrong_labels_are_refused_by_the_solver(kind):
    data = {"X_train": X, "y_train": np.arange(6) % 5, "X_val": X, "y_val": np.arange(6) % 5}
    for name in ("y_train", "y_val"):
        wrong = {**data, name: BAD_LABELS[kind]}
        with pytest.raises(ValueError, match="labels|samples|label is"):
            Solver(small_net(), wrong, verbose=False, num_epochs=1).train()
    solver = Solver(small_net(), data, verbose=False)
    with pytest.raises(ValueError, match="label"):
        solver.check_accuracy(X, BAD_LABELS[kind])


@pytest.mark.parametrize(
    ("dtype", "reason"),
    [
        (np.float16, "float16: 1e-8, the epsilon of Adam and RMSProp, is 0 in it; allowed: float32, float64"),
        (int, "int64: weights move by fractions"),
        (complex, "complex128: the layers are for real numbers"),
        (bool, "bool: weights"),
    ],
)
def test_networks_of_other_numbers_are_refused_with_the_reason(dtype, reason):
    with pytest.raises(ValueError, match=reason):
        FullyConnectedNet([5], 5, 5, dtype=dtype)


@pytest.mark.parametrize("samples", [X + 0j, X.astype(str), X.astype(object)])
def test_samples_that_are_no_real_numbers_are_refused(samples):
    with pytest.raises(ValueError, match="samples X are .*; needed: real numbers"):
        small_net().scores(samples)


@pytest.mark.parametrize(
    "options",
    [
        {"hidden_dims": [2.7]},
        {"hidden_dims": [2.0]},
        {"hidden_dims": "55"},
        {"hidden_dims": 55},
        {"hidden_dims": [True]},
        {"hidden_dims": [[3, 4]]},
        {"input_dim": 4.5},
        {"num_classes": "3"},
        {"reg": -1},
        {"reg": "0.1"},
        {"weight_scale": np.nan},
        {"dropout_keep_ratio": "0.5"},
        {"seed": 1.5},
        {"seed": -1},
    ],
)
def test_sizes_and_settings_of_a_network_are_taken_as_they_are_or_refused(options):
    with pytest.raises(ValueError, match="allowed|needed"):
        FullyConnectedNet(**{"hidden_dims": [5], "input_dim": 5, **options})


def test_sizes_that_numpy_counted_are_whole_numbers():
    assert FullyConnectedNet(np.array([3, 4]), np.int32(5), np.uint8(2)).sizes == [5, 3, 4, 2]
    with pytest.raises(ValueError, match="hidden|layer size"):
        TwoLayerNet(5, 2.5)


def test_a_seeded_global_generator_gives_the_same_network_and_the_same_training():
    def run():
        np.random.seed(231)  # noqa: NPY002
        net = FullyConnectedNet([4], 5, 5, dropout_keep_ratio=0.5)
        data = {"X_train": X, "y_train": np.arange(6) % 5, "X_val": X, "y_val": np.arange(6) % 5}
        solver = Solver(net, data, batch_size=2, num_epochs=2, verbose=False)
        start = net.params["W1"].copy()
        solver.train()
        return start, solver.loss_history

    (first, losses), (second, again) = run(), run()
    np.testing.assert_array_equal(first, second)
    assert losses == again and len(set(losses)) > 1


# Numbers


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (np.uint8([1, 2]), np.uint8([2, 1]), 1 / 3),
        (np.uint8([200]), np.uint8([200]), 0),
        (np.int8([100]), np.int8([-100]), 1),
        (np.array([True]), np.array([False]), 1),
        (np.float16([6e4]), np.float16([3e4]), 1 / 3),
        (np.array([1j]), np.array([-1j]), 1),
        (2.0, 1, 1 / 3),
    ],
)
def test_relative_error_of_other_numbers(a, b, expected):
    assert rel_error(a, b) == pytest.approx(expected, rel=1e-3)


def test_relative_error_of_nothing_is_refused():
    with pytest.raises(ValueError, match="with entries"):
        rel_error(np.zeros(0), np.zeros(0))


def test_counts_and_numbers():
    assert check_count("n", np.int64(3)) == 3 and check_number("x", np.float32(0.5)) == 0.5
    for value in (1.5, 1.0, "1", None, True, np.True_, [1], 0):
        with pytest.raises(ValueError, match="n is"):
            check_count("n", value)
    for value in ("1", None, True, [1.0], np.inf, np.nan, -0.1, 1j):
        with pytest.raises(ValueError, match="x is"):
            check_number("x", value)
