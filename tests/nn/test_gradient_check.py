"""The yardstick itself: right on known gradients, and without traces on what it measures."""

import numpy as np
import pytest

from lib.nn.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array, rel_error


def test_gradient_of_a_known_function():
    x = np.random.default_rng(0).standard_normal((3, 2, 2))
    assert rel_error(eval_numerical_gradient(lambda x: np.sum(np.sin(x)), x), np.cos(x)) < 1e-8


def test_error_falls_with_the_square_of_the_step():
    x = np.array([0.7])
    errors = [abs(eval_numerical_gradient(lambda x: np.exp(x[0]), x, h=h)[0] - np.exp(0.7)) for h in (1e-1, 1e-2)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01)


def test_array_version_weights_the_outputs_even_if_f_reuses_its_buffer():
    rng = np.random.default_rng(1)
    x, df = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    buffer = np.empty_like(x)
    gradient = eval_numerical_gradient_array(lambda x: np.multiply(x, x, out=buffer), x, df)
    assert rel_error(gradient, 2 * x * df) < 1e-8
    assert rel_error(eval_numerical_gradient_array(lambda x: x, x, df), df) < 1e-8


def test_entries_of_a_strided_view_are_shifted_in_the_array_behind_it():
    x = np.arange(12.0).reshape(3, 4)
    gradient = eval_numerical_gradient(lambda _: float(np.sum(x**2)), x[:, ::2])
    np.testing.assert_allclose(gradient, 2 * x[:, ::2], atol=1e-8)


@pytest.mark.parametrize("fails", [False, True])
def test_x_is_put_back_to_the_bit(fails):
    x = np.random.default_rng(2).standard_normal(50) * 1e3
    before = x.copy()

    def f(x):
        if fails and x[20] != before[20]:
            raise ZeroDivisionError
        return x.sum()

    for evaluate in (lambda: eval_numerical_gradient(f, x), lambda: eval_numerical_gradient_array(f, x, 1.0)):
        if fails:
            with pytest.raises(ZeroDivisionError):
                evaluate()
        else:
            evaluate()
        np.testing.assert_array_equal(x, before)


def test_verbose_prints_each_entry(capsys):
    eval_numerical_gradient(lambda x: x.sum(), np.zeros((2, 2)), verbose=True)
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_integers_cannot_be_shifted_and_say_so():
    with pytest.raises(ValueError, match="array of floats, to be shifted by h; got int64"):
        eval_numerical_gradient(lambda x: x.sum(), np.arange(3))


def test_relative_error_takes_the_worst_entry_and_is_calm_about_zeros():
    assert rel_error(np.array([1.0, 3.0]), np.array([1.0, 1.0])) == 0.5
    assert rel_error(np.zeros(3), np.zeros(3)) == 0
    assert rel_error(np.array([1e-12]), np.array([0.0])) == pytest.approx(1e-4)
    with pytest.raises(ValueError, match="one shape"):
        rel_error(np.zeros(3), np.zeros((3, 1)))
