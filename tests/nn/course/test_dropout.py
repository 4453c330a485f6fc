"""The notebook on dropout."""

import numpy as np
import pytest


def rel_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@pytest.mark.parametrize("p", [0.25, 0.4, 0.7])
def test_forward_keeps_the_mean_and_the_share(p):
    from cs231n.layers import dropout_forward

    x = np.random.randn(500, 500) + 10  # noqa: NPY002
    out, _ = dropout_forward(x, {"mode": "train", "p": p})
    rest, _ = dropout_forward(x, {"mode": "test", "p": p})
    assert out.mean() == pytest.approx(10, abs=0.2)
    assert (out == 0).mean() == pytest.approx(1 - p, abs=0.01)
    np.testing.assert_array_equal(rest, x)


def test_the_numbers_that_the_notebook_prints():
    """One generator for the values and the masks, from seed 231."""
    from cs231n.layers import dropout_forward

    x = np.random.randn(500, 500) + 10  # noqa: NPY002
    assert x.mean() == pytest.approx(10.000207878, abs=1e-9)
    out, _ = dropout_forward(x, {"mode": "train", "p": 0.25})
    assert out.mean() == pytest.approx(10.014059117, abs=1e-9)
    assert (out == 0).mean() == pytest.approx(0.749784, abs=1e-9)


def test_backward_with_a_seed():
    from cs231n.gradient_check import eval_numerical_gradient_array
    from cs231n.layers import dropout_backward, dropout_forward

    x, dout = np.random.randn(10, 10) + 10, np.random.randn(10, 10)  # noqa: NPY002
    param = {"mode": "train", "p": 0.2, "seed": 123}
    dx = dropout_backward(dout, dropout_forward(x, param)[1])
    numerical = eval_numerical_gradient_array(lambda x: dropout_forward(x, param)[0], x, dout)
    assert rel_error(dx, numerical) < 1e-9


@pytest.mark.parametrize("keep", [1, 0.75, 0.5])
def test_a_network_with_dropout_passes_its_gradient_check(keep):
    from cs231n.classifiers.fc_net import FullyConnectedNet
    from cs231n.gradient_check import eval_numerical_gradient

    x, y = np.random.randn(2, 15), np.random.randint(10, size=2)  # noqa: NPY002
    model = FullyConnectedNet(
        [20, 30],
        input_dim=15,
        num_classes=10,
        weight_scale=5e-2,
        dtype=np.float64,
        dropout_keep_ratio=keep,
        seed=123,
    )
    loss, gradients = model.loss(x, y)
    assert loss == pytest.approx(np.log(10), abs=0.02)
    for name in sorted(gradients):
        numerical = eval_numerical_gradient(lambda _: model.loss(x, y)[0], model.params[name], verbose=False, h=1e-5)
        assert rel_error(numerical, gradients[name]) < 2e-5, name


def test_two_trainings_with_and_without_dropout():
    from cs231n.classifiers.fc_net import FullyConnectedNet
    from cs231n.solver import Solver

    randn = np.random.randn
    centres = randn(4, 30)
    y = np.arange(120) % 4
    x = centres[y] + 1.5 * randn(120, 30)
    data = {"X_train": x[:80], "y_train": y[:80], "X_val": x[80:], "y_val": y[80:]}
    best = {}
    for keep in (1, 0.5):
        solver = Solver(
            FullyConnectedNet([100], 30, 4, dropout_keep_ratio=keep),
            data,
            num_epochs=15,
            batch_size=40,
            update_rule="adam",
            optim_config={"learning_rate": 5e-3},
            verbose=False,
            print_every=100,
        )
        solver.train()
        best[keep] = (solver.train_acc_history[-1], max(solver.val_acc_history))
    assert all(train > 0.9 and val > 0.6 for train, val in best.values()), best


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ({"dropout": 0.5}, "'dropout' is an older name; it is now dropout_keep_ratio"),
        ({"use_batchnorm": True}, "'use_batchnorm' is an older name; it is now normalization='batchnorm'"),
        ({"weight_scal": 1}, r"unknown option 'weight_scal' \(weight_scale\?\); allowed: input_dim"),
    ],
)
def test_keywords_of_older_editions_are_named_with_the_new_ones(old, message):
    from cs231n.classifiers.fc_net import FullyConnectedNet

    with pytest.raises(TypeError, match=message):
        FullyConnectedNet([10], **old)
