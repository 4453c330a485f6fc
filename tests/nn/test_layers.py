"""Each layer by itself: values, gradients against centred differences and autograd, clear errors."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lib.nn.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array, rel_error
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
)

NUMERICAL, AUTOGRAD = 1e-6, 1e-10


def bn_running(dtype=np.float64):
    return {
        "mode": "test",
        "running_mean": np.linspace(-1, 1, 5, dtype=dtype),
        "running_var": np.linspace(0.5, 2, 5, dtype=dtype),
    }


MASK = np.random.default_rng(3).random((6, 5)) < 0.7

# name: (forward, backward, the same in PyTorch, shapes of the inputs)
LAYERS = {
    "affine": (
        affine_forward,
        affine_backward,
        lambda x, w, b: x.reshape(6, -1) @ w + b,
        [(6, 2, 3), (6, 5), (5,)],
    ),
    "relu": (relu_forward, lambda dout, cache: (relu_backward(dout, cache),), torch.relu, [(6, 5)]),
    "dropout": (
        lambda x: dropout_forward(x, {"mode": "train", "p": 0.7, "mask": MASK}),
        lambda dout, cache: (dropout_backward(dout, cache),),
        lambda x: x * torch.from_numpy(MASK) / 0.7,
        [(6, 5)],
    ),
    "dropout_test": (
        lambda x: dropout_forward(x, {"mode": "test", "p": 0.7}),
        lambda dout, cache: (dropout_backward(dout, cache),),
        lambda x: 1 * x,
        [(6, 5)],
    ),
    "batchnorm": (
        lambda x, gamma, beta: batchnorm_forward(x, gamma, beta, {"mode": "train"}),
        batchnorm_backward,
        lambda x, gamma, beta: F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-5),
        [(6, 5), (5,), (5,)],
    ),
    "batchnorm_test": (
        lambda x, gamma, beta: batchnorm_forward(x, gamma, beta, bn_running(x.dtype)),
        batchnorm_backward,
        lambda x, gamma, beta: F.batch_norm(
            x,
            torch.from_numpy(bn_running()["running_mean"]),
            torch.from_numpy(bn_running()["running_var"]),
            gamma,
            beta,
            eps=1e-5,
        ),
        [(6, 5), (5,), (5,)],
    ),
    "layernorm": (
        layernorm_forward,
        layernorm_backward,
        lambda x, gamma, beta: F.layer_norm(x, (5,), gamma, beta, eps=1e-5),
        [(6, 5), (5,), (5,)],
    ),
}


def draw(shapes, dtype=np.float64):
    rng = np.random.default_rng(0)
    inputs = [(1.5 * rng.standard_normal(shape) + 0.3).astype(dtype) for shape in shapes]
    return inputs, rng.standard_normal((6, 5)).astype(dtype)


@pytest.mark.parametrize("name", LAYERS)
def test_layer_and_its_gradients_match_autograd(name):
    forward, backward, oracle, shapes = LAYERS[name]
    inputs, dout = draw(shapes)
    tensors = [torch.from_numpy(x.copy()).requires_grad_() for x in inputs]
    expected = oracle(*tensors)
    expected.backward(torch.from_numpy(dout))
    out, cache = forward(*inputs)
    gradients = backward(dout, cache)
    assert rel_error(out, expected.detach().numpy()) < AUTOGRAD
    for gradient, tensor in zip(gradients, tensors, strict=True):
        assert rel_error(gradient, tensor.grad.numpy()) < AUTOGRAD


@pytest.mark.parametrize("name", LAYERS)
def test_layer_gradients_match_centred_differences(name):
    forward, backward, _, shapes = LAYERS[name]
    inputs, dout = draw(shapes)
    gradients = backward(dout, forward(*inputs)[1])
    for gradient, x in zip(gradients, inputs, strict=True):
        numerical = eval_numerical_gradient_array(lambda _: forward(*inputs)[0], x, dout)
        assert rel_error(gradient, numerical) < NUMERICAL


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_precision_is_kept_and_arguments_are_left_alone(name, dtype):
    forward, backward, _, shapes = LAYERS[name]
    inputs, dout = draw(shapes, dtype)
    before = [x.copy() for x in (*inputs, dout)]
    out, cache = forward(*inputs)
    out_before = out.copy()
    gradients = backward(dout, cache)
    assert {array.dtype for array in (out, *gradients)} == {np.dtype(dtype)}
    for array, copy in zip((*inputs, dout, out), (*before, out_before), strict=True):
        np.testing.assert_array_equal(array, copy)


def test_affine_leaves_out_the_input_gradient_on_request():
    inputs, dout = draw(LAYERS["affine"][3])
    cache = affine_forward(*inputs)[1]
    dx, dw, db = affine_backward(dout, cache, input_gradient=False)
    _, full_dw, full_db = affine_backward(dout, cache)
    assert dx is None
    np.testing.assert_array_equal(dw, full_dw)
    np.testing.assert_array_equal(db, full_db)


def test_relu_in_place_gives_the_same_and_its_backward_takes_either_cache():
    (x,), dout = draw([(6, 5)])
    out, cache = relu_forward(x)
    own = x.copy()
    assert relu_forward(own, out=own)[0] is own
    np.testing.assert_array_equal(own, out)
    np.testing.assert_array_equal(relu_backward(dout, cache), relu_backward(dout, x))


@pytest.mark.parametrize("value", [2.0, np.inf, np.nan])
def test_dropout_in_place_gives_the_same(value):
    x, dout = np.random.default_rng(0).normal(size=(2, 3, 4))
    mask = x > 0
    dout[0, 0] = value
    out, cache = dropout_forward(x, {"mode": "train", "p": 0.5, "mask": mask})
    dx = dropout_backward(dout, cache)
    own, own_dout = x.copy(), dout.copy()
    assert dropout_forward(own, {"mode": "train", "p": 0.5, "mask": mask}, out=own)[0] is own
    assert dropout_backward(own_dout, cache, out=own_dout) is own_dout
    np.testing.assert_array_equal(own, out)
    np.testing.assert_array_equal(own_dout, dx)
    assert (dx[~mask] == 0).all()


def test_batchnorm_running_statistics_follow_the_course():
    rng = np.random.default_rng(1)
    first, second = rng.normal(3, 2, (8, 5)), rng.normal(-1, 1, (8, 5))
    param = {"mode": "train", "momentum": 0.8}
    for x in (first, second):
        batchnorm_forward(x, np.ones(5), np.zeros(5), param)
    for name, statistic in (("running_mean", np.mean), ("running_var", np.var)):
        expected = 0.8 * 0.2 * statistic(first, axis=0) + 0.2 * statistic(second, axis=0)
        np.testing.assert_allclose(param[name], expected, rtol=1e-12)


def test_batchnorm_in_test_mode_does_not_depend_on_the_rest_of_the_batch_nor_move_statistics():
    (x, gamma, beta), _ = draw([(6, 5), (5,), (5,)])
    param = bn_running()
    whole, _ = batchnorm_forward(x, gamma, beta, param)
    one, _ = batchnorm_forward(x[2:3], gamma, beta, param)
    np.testing.assert_allclose(whole[2:3], one, rtol=1e-14)
    np.testing.assert_array_equal(param["running_mean"], bn_running()["running_mean"])
    np.testing.assert_array_equal(param["running_var"], bn_running()["running_var"])


def test_normalised_values_have_mean_beta_and_standard_deviation_gamma():
    rng = np.random.default_rng(2)
    x = rng.normal(50, 20, (200, 100))
    batch, _ = batchnorm_forward(x, np.full(100, 2.0), np.full(100, 7.0), {"mode": "train"})
    np.testing.assert_allclose([batch.mean(axis=0), batch.std(axis=0)], [[7.0] * 100, [2.0] * 100], rtol=1e-6)
    layer, _ = layernorm_forward(x, np.full(100, 2.0), np.full(100, 7.0))
    np.testing.assert_allclose([layer.mean(axis=1), layer.std(axis=1)], [[7.0] * 200, [2.0] * 200], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("keep", [0.7, 0.25])
@pytest.mark.parametrize(
    "generator",
    [np.random.default_rng, np.random.RandomState, lambda seed: np.random.Generator(np.random.MT19937(seed))],
)
def test_dropout_keeps_its_share_and_the_mean(generator, keep, dtype):
    x = np.full((501, 401), 10.0, dtype)  # no multiple of the values that one random number serves
    out, _ = dropout_forward(x, {"mode": "train", "p": keep, "rng": generator(0)})
    assert np.mean(out != 0) == pytest.approx(keep, abs=0.005)  # 5 standard errors at n = 200,000
    assert out.mean() == pytest.approx(10, abs=0.2)
    np.testing.assert_allclose(out[out != 0], 10 / keep, rtol=1e-6)
    assert out.dtype == dtype


def test_dropout_draws_anew_and_repeats_from_the_same_seed():
    x = np.ones((20, 20), np.float32)
    param = {"mode": "train", "p": 0.5, "rng": np.random.default_rng(4)}
    first, second = dropout_forward(x, param)[0], dropout_forward(x, param)[0]
    again, _ = dropout_forward(x, {**param, "rng": np.random.default_rng(4)})
    assert (first != second).any()
    np.testing.assert_array_equal(first, again)


def test_dropout_that_keeps_all_changes_nothing():
    x = np.random.default_rng(0).standard_normal((4, 4))
    out, _ = dropout_forward(x, {"mode": "train", "p": 1, "rng": np.random.default_rng(0)})
    np.testing.assert_array_equal(out, x)


def test_softmax_loss_matches_autograd_and_centred_differences():
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((7, 4)), rng.integers(4, size=7)
    loss, dx = softmax_loss(x, y)
    tensor = torch.from_numpy(x.copy()).requires_grad_()
    expected = F.cross_entropy(tensor, torch.from_numpy(y))
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    assert rel_error(dx, tensor.grad.numpy()) < AUTOGRAD
    assert rel_error(dx, eval_numerical_gradient(lambda x: softmax_loss(x, y)[0], x)) < NUMERICAL


def test_softmax_loss_of_equal_scores_is_log_of_the_number_of_classes():
    loss, dx = softmax_loss(np.zeros((3, 10), np.float32), np.array([0, 5, 9], np.uint8))
    assert loss == pytest.approx(np.log(10), rel=1e-6)
    assert dx.dtype == np.float32


def test_softmax_loss_of_huge_scores_stays_finite():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dx = softmax_loss(np.array([[1000.0, 0.0], [-1000.0, 0.0]]) - 1e5, np.array([1, 0]))
    assert loss == 1000
    np.testing.assert_array_equal(dx, [[0.5, -0.5], [-0.5, 0.5]])


X, W, B = np.ones((6, 5)), np.ones((5, 3)), np.ones(3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: affine_forward(X, W.T, B), r"w \(d1 \* ... \* dk, M\) and b \(M,\); got .*\(3, 5\)"),
        (lambda: affine_forward(X, W, np.ones(5)), r"got .* b \(5,\)"),
        (lambda: dropout_forward(X, {"mode": "eval", "p": 0.5}), "unknown mode 'eval'; allowed: train, test"),
        (
            lambda: dropout_forward(X, {"mode": "train", "p": 0}),
            "keep ratio p is 0; allowed: above 0, up to 1",
        ),
        (lambda: dropout_forward(X, {"mode": "train", "p": 1.2}), "keep ratio p is 1.2"),
        (lambda: dropout_forward(X, {"mode": "train"}), "keep ratio p is nan"),
        (lambda: dropout_forward(X, {"mode": "train", "p": 0.5, "mask": W}), r"mask has shape \(5, 3\)"),
        (lambda: batchnorm_forward(X, B, B, {"mode": "train"}), r"got x \(6, 5\), gamma \(3,\)"),
        (lambda: batchnorm_forward(X, X[0], X[0], {}), "bn_param: unknown mode None; allowed: train, test"),
        (lambda: layernorm_forward(X, X[0], B), r"layernorm_forward: .* beta \(3,\)"),
        (lambda: softmax_loss(X, np.full(6, 5)), "labels are 5 to 5; allowed: integers from 0 to 4"),
        (lambda: softmax_loss(X, np.full(6, -1)), "labels are -1 to -1"),
        (lambda: softmax_loss(X, np.zeros(6)), "labels are dtype float64"),
        (lambda: softmax_loss(X, np.zeros(5, int)), r"got x \(6, 5\), y \(5,\)"),
        (lambda: softmax_loss(X[:0], np.zeros(0, int)), "N at least 1"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
