"""The notebook on layers: each alone, the two in one, and the losses."""

import numpy as np
import pytest


def rel_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


def test_affine_and_relu_on_evenly_spaced_numbers():
    from cs231n.layers import affine_forward, relu_forward

    x = np.linspace(-0.1, 0.5, 2 * 4 * 5 * 6).reshape(2, 4, 5, 6)
    w, b = np.linspace(-0.2, 0.3, 120 * 3).reshape(120, 3), np.linspace(-0.3, 0.1, 3)
    out, _ = affine_forward(x, w, b)
    np.testing.assert_allclose(out, [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]], 1e-8)
    out, _ = relu_forward(np.linspace(-0.5, 0.5, 12).reshape(3, 4))
    expected = np.zeros((3, 4))
    expected.flat[6:] = np.arange(1, 12, 2) / 22
    np.testing.assert_allclose(out, expected, atol=1e-15)


def test_backward_passes_agree_with_centred_differences():
    from cs231n.gradient_check import eval_numerical_gradient_array
    from cs231n.layer_utils import affine_relu_backward, affine_relu_forward
    from cs231n.layers import affine_backward, affine_forward, relu_backward, relu_forward

    x, w, b = np.random.randn(10, 2, 3), np.random.randn(6, 5), np.random.randn(5)  # noqa: NPY002
    dout = np.random.randn(10, 5)  # noqa: NPY002
    for forward, backward in ((affine_forward, affine_backward), (affine_relu_forward, affine_relu_backward)):
        gradients = backward(dout, forward(x, w, b)[1])
        for array, gradient in zip((x, w, b), gradients, strict=True):
            numerical = eval_numerical_gradient_array(lambda _, f=forward: f(x, w, b)[0], array, dout)
            assert gradient.shape == array.shape
            assert rel_error(gradient, numerical) < 1e-7
    x, dout = np.random.randn(10, 10), np.random.randn(10, 10)  # noqa: NPY002
    numerical = eval_numerical_gradient_array(lambda x: relu_forward(x)[0], x, dout)
    assert rel_error(relu_backward(dout, relu_forward(x)[1]), numerical) < 1e-7


@pytest.mark.parametrize(("name", "expected"), [("svm_loss", 9.0), ("softmax_loss", np.log(10))])
def test_losses_of_small_random_scores(name, expected):
    import cs231n.layers
    from cs231n.gradient_check import eval_numerical_gradient, grad_check_sparse

    loss_of = getattr(cs231n.layers, name)
    x, y = 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)  # noqa: NPY002
    loss, dx = loss_of(x, y)
    assert loss == pytest.approx(expected, abs=2e-2)
    assert rel_error(dx, eval_numerical_gradient(lambda x: loss_of(x, y)[0], x, verbose=False)) < 1e-6
    assert grad_check_sparse(lambda x: loss_of(x, y)[0], x, dx, 5) < 1e-6


def test_svm_loss_by_hand():
    from cs231n.layers import svm_loss

    loss, dx = svm_loss(np.array([[3.0, 2.5, 0.0], [1.0, 1.0, -4.0]]), np.array([0, 1]))
    assert loss == pytest.approx((0.5 + 1.0) / 2)
    np.testing.assert_array_equal(dx, [[-0.5, 0.5, 0], [0.5, -0.5, 0]])


def test_a_sparse_check_finds_a_wrong_entry_and_says_what_it_compared(capsys):
    from cs231n.gradient_check import grad_check_sparse

    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    right, wrong = 2 * x, 2 * x + 1
    assert grad_check_sparse(lambda x: np.sum(x**2), x, right, num_checks=7) < 1e-8
    assert len(capsys.readouterr().out.splitlines()) == 7
    assert grad_check_sparse(lambda x: np.sum(x**2), x, wrong, num_checks=3) > 0.05
    np.testing.assert_array_equal(x, [[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="num_checks"):
        grad_check_sparse(lambda x: np.sum(x**2), x, right, num_checks=0)
