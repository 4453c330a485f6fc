"""The notebook on batch norm, and its part on layer norm."""

import numpy as np
import pytest


def rel_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def hidden_values():
    """What a three-layer network without normalisation has before its last layer: far from mean 0 and deviation 1."""
    randn = np.random.randn
    x, w1, w2 = randn(200, 50), randn(50, 60), randn(60, 3)
    return np.maximum(0, x @ w1) @ w2


def test_batch_norm_in_training_gives_the_mean_and_deviation_asked_for():
    from cs231n.layers import batchnorm_forward

    values = hidden_values()
    assert values.std(axis=0).min() > 10
    for gamma, beta in ((np.ones(3), np.zeros(3)), (np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]))):
        out, _ = batchnorm_forward(values, gamma, beta, {"mode": "train"})
        np.testing.assert_allclose(out.mean(axis=0), beta, atol=1e-12)
        np.testing.assert_allclose(out.std(axis=0), gamma, rtol=1e-6)


def test_batch_norm_in_testing_comes_near_it_once_the_running_statistics_are_warm():
    from cs231n.layers import batchnorm_forward

    randn = np.random.randn
    w1, w2 = randn(50, 60), randn(60, 3)
    param = {"mode": "train"}
    for _ in range(50):
        batchnorm_forward(np.maximum(0, randn(200, 50) @ w1) @ w2, np.ones(3), np.zeros(3), param)
    param["mode"] = "test"
    out, _ = batchnorm_forward(np.maximum(0, randn(200, 50) @ w1) @ w2, np.ones(3), np.zeros(3), param)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=0.2)
    np.testing.assert_allclose(out.std(axis=0), 1, atol=0.2)


@pytest.mark.parametrize("kind", ["batchnorm", "layernorm"])
def test_gradients_of_the_norms(kind):
    import cs231n.layers
    from cs231n.gradient_check import eval_numerical_gradient_array

    forward, backward = (getattr(cs231n.layers, f"{kind}_{way}") for way in ("forward", "backward"))
    x, gamma, beta = 5 * np.random.randn(4, 5) + 12, np.random.randn(5), np.random.randn(5)  # noqa: NPY002
    dout = np.random.randn(4, 5)  # noqa: NPY002
    param = {"mode": "train"} if kind == "batchnorm" else {}
    for array, gradient in zip((x, gamma, beta), backward(dout, forward(x, gamma, beta, param)[1]), strict=True):
        numerical = eval_numerical_gradient_array(lambda _: forward(x, gamma, beta, param)[0], array, dout)
        assert rel_error(gradient, numerical) < 1e-7


def test_the_other_backward_pass_gives_the_same():
    from cs231n.layers import batchnorm_backward, batchnorm_backward_alt, batchnorm_forward

    x, gamma, beta = 5 * np.random.randn(100, 20) + 12, np.random.randn(20), np.random.randn(20)  # noqa: NPY002
    dout = np.random.randn(100, 20)  # noqa: NPY002
    _, cache = batchnorm_forward(x, gamma, beta, {"mode": "train"})
    for one, other in zip(batchnorm_backward(dout, cache), batchnorm_backward_alt(dout, cache), strict=True):
        assert one.shape and rel_error(one, other) < 1e-10


def test_layer_norm_gives_each_sample_mean_and_deviation():
    from cs231n.layers import layernorm_forward

    values = hidden_values()
    out, _ = layernorm_forward(values, np.full(3, 3.0), np.full(3, 5.0), {})
    np.testing.assert_allclose(out.mean(axis=1), 5, rtol=1e-10)
    np.testing.assert_allclose(out.std(axis=1), 3, rtol=1e-3)


@pytest.mark.parametrize("normalization", ["batchnorm", "layernorm"])
def test_networks_with_a_norm_and_what_is_in_bn_params(normalization):
    from cs231n.classifiers.fc_net import FullyConnectedNet
    from cs231n.gradient_check import eval_numerical_gradient

    x, y = np.random.randn(2, 15), np.random.randint(10, size=2)  # noqa: NPY002
    for reg in (0, 3.14):
        model = FullyConnectedNet(
            [20, 30],
            input_dim=15,
            num_classes=10,
            reg=reg,
            weight_scale=5e-2,
            dtype=np.float64,
            normalization=normalization,
        )
        assert model.bn_params == [{"mode": "train"} if normalization == "batchnorm" else {}] * 2
        _, gradients = model.loss(x, y)
        for name in ("W1", "W3", "b3", "gamma1", "beta2"):
            numerical = eval_numerical_gradient(lambda _, m=model: m.loss(x, y)[0], model.params[name], h=1e-5)
            assert rel_error(gradients[name], numerical) < 2e-4, name
    if normalization == "batchnorm":
        assert model.bn_params[0].keys() == {"mode", "running_mean", "running_var"}
