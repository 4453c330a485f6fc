"""Training: what each epoch sees, what is kept, what an interruption changes (nothing)."""

import numpy as np
import pytest

from lib.nn.fc_net import FullyConnectedNet
from lib.nn.optim import OPTIMIZERS
from lib.nn.solver import Solver


def blobs(n_train=60, n_val=30, seed=0):
    """Three noisy clusters in 8 dimensions."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((3, 8))
    y = rng.integers(3, size=n_train + n_val)
    X = (centres[y] + 1.2 * rng.standard_normal((len(y), 8))).astype(np.float32)
    return {"X_train": X[:n_train], "y_train": y[:n_train], "X_val": X[n_train:], "y_val": y[n_train:]}


def new_network(seed=1, **options):
    settings = {"dropout_keep_ratio": 0.8, "normalization": "batchnorm", "weight_scale": 0.3, **options}
    return FullyConnectedNet([10, 9], 8, 3, seed=np.random.default_rng(seed), **settings)


def new_solver(network=None, data=None, **options):
    settings = {
        "update_rule": "adam",
        "optim_config": {"learning_rate": 1e-2},
        "batch_size": 10,
        "num_epochs": 4,
    }
    settings |= {"num_train_samples": 20, "seed": 2, "verbose": False, **options}
    return Solver(network or new_network(), data or blobs(), **settings)


class SpyNetwork(FullyConnectedNet):
    """Remembers the labels of each batch; the tests label each sample with a number of its own."""

    def __init__(self, n):
        super().__init__([], 1, n, seed=0)
        self.batches = []

    def loss(self, X, y=None):
        if y is not None:
            self.batches.append(np.asarray(y).tolist())
        return super().loss(X, y)


def numbered(n):
    X, y = np.arange(n, dtype=np.float32)[:, None], np.arange(n)
    return {"X_train": X, "y_train": y, "X_val": X[:2], "y_val": y[:2]}


def test_shuffle_shows_every_sample_once_per_epoch_in_a_new_order():
    network = SpyNetwork(12)
    Solver(network, numbered(12), batch_size=4, num_epochs=2, seed=0).train()
    assert [len(batch) for batch in network.batches] == [4] * 6
    first, second = sum(network.batches[:3], []), sum(network.batches[3:], [])
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second
    assert first != sorted(first)


def test_shuffle_drops_the_short_last_batch_but_never_all_data():
    network = SpyNetwork(10)
    Solver(network, numbered(10), batch_size=4, num_epochs=1, seed=0).train()
    assert [len(batch) for batch in network.batches] == [4, 4]
    assert len(set(sum(network.batches, []))) == 8
    network = SpyNetwork(3)
    Solver(network, numbered(3), batch_size=4, num_epochs=1, seed=0).train()
    assert [sorted(batch) for batch in network.batches] == [[0, 1, 2]]


def test_replacement_draws_from_all_data_with_repeats():
    network = SpyNetwork(12)
    Solver(network, numbered(12), batch_size=4, num_epochs=50, sampling="replacement", seed=0).train()
    epochs = [sum(network.batches[i : i + 3], []) for i in range(0, 150, 3)]
    assert all(len(epoch) == 12 for epoch in epochs)
    assert any(len(set(epoch)) < 12 for epoch in epochs)
    assert set(sum(epochs, [])) == set(range(12))


def test_histories_have_one_loss_per_iteration_and_one_accuracy_per_epoch_and_before():
    solver = new_solver()
    before = solver.check_accuracy(solver.X_val, solver.y_val)
    solver.train()
    assert len(solver.loss_history) == 4 * 6
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 5
    assert solver.val_acc_history[0] == before
    assert all(type(value) is float for value in solver.loss_history + solver.val_acc_history)


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_training_learns(rule):
    rates = {"sgd": 0.3, "sgd_momentum": 0.05, "rmsprop": 3e-3, "adam": 1e-2, "adam_as_printed": 1e-2}
    solver = new_solver(
        update_rule=rule, optim_config={"learning_rate": rates[rule]}, num_epochs=15, num_train_samples=None
    )
    solver.train()
    assert np.mean(solver.loss_history[-6:]) < 0.7 * np.mean(solver.loss_history[:6])
    assert solver.train_acc_history[-1] > 0.8
    assert solver.best_val_acc > 0.7


def test_equal_seeds_give_equal_bits_and_different_seeds_do_not():
    def run(**options):
        solver = new_solver(**options)
        solver.train()
        return solver.loss_history, solver.model.params["W1"].tobytes()

    assert run() == run(seed=None, rng=np.random.default_rng(2))
    assert run() != run(seed=3)
    assert run() != run(network=new_network(seed=5))


def test_the_global_generator_is_neither_used_nor_moved():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    new_solver().train()
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_measuring_more_often_does_not_change_the_training():
    plain, curious = new_solver(), new_solver()
    plain.train()
    curious.train(lambda solver: solver.check_accuracy(solver.X_train, solver.y_train, num_samples=7))
    assert plain.loss_history == curious.loss_history


def test_the_best_weights_come_back_with_their_running_statistics():
    """A rate that grows a hundredfold per epoch ruins the network after a good start."""
    solver = new_solver(optim_config={"learning_rate": 5e-3}, lr_decay=100.0, num_epochs=5)
    kept = []
    solver.train(lambda solver: kept.append(solver.model.get_weights()))
    assert 0 < solver.best_epoch < 5
    assert solver.best_val_acc == max(solver.val_acc_history) == solver.val_acc_history[solver.best_epoch]
    assert solver.check_accuracy(solver.X_val, solver.y_val) == solver.best_val_acc > solver.val_acc_history[-1]
    best, last = kept[solver.best_epoch - 1], kept[-1]
    restored = solver.model.get_weights()
    assert {name.rstrip("123") for name in restored} >= {"W", "gamma", "running_mean", "running_var"}
    for name, array in restored.items():
        np.testing.assert_array_equal(array, best[name])
        assert (array != last[name]).any()
    for name, array in solver.best_params.items():
        np.testing.assert_array_equal(array, best[name])


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_training_resumed_after_any_epoch_ends_with_the_same_bits(rule, tmp_path):
    def solver_of(seed=0):
        return new_solver(new_network(seed=1 + seed), update_rule=rule, lr_decay=0.9, seed=2 + seed, num_val_samples=25)

    whole, states = solver_of(), []
    whole.train(lambda solver: states.append(solver.get_state()))
    for i, state in enumerate(states):
        np.savez(tmp_path / f"{i}.npz", **state)
    for i in range(len(states)):
        resumed = solver_of(seed=10)  # all that differs must come from the state
        with np.load(tmp_path / f"{i}.npz", allow_pickle=False) as file:
            resumed.set_state(dict(file))
        assert resumed.epoch == i + 1
        resumed.train()
        assert resumed.loss_history == whole.loss_history
        assert resumed.train_acc_history == whole.train_acc_history
        assert resumed.val_acc_history == whole.val_acc_history
        assert (resumed.best_epoch, resumed.best_val_acc) == (whole.best_epoch, whole.best_val_acc)
        ours, theirs = resumed.get_state(), whole.get_state()
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            np.testing.assert_array_equal(array, theirs[name], err_msg=name)
            assert array.dtype == theirs[name].dtype


def test_stepping_by_epochs_is_the_same_as_training():
    whole, stepped = new_solver(), new_solver()
    whole.train()
    for _ in range(4):
        stepped.train_epoch()
    assert stepped.loss_history == whole.loss_history
    assert stepped.val_acc_history == whole.val_acc_history
    stepped.restore_best()
    np.testing.assert_array_equal(stepped.model.params["W1"], whole.model.params["W1"])


def test_a_state_of_another_update_rule_or_of_something_else_is_refused():
    state = new_solver().get_state()
    with pytest.raises(ValueError, match="saved with update rule adam, this solver has sgd"):
        new_solver(update_rule="sgd").set_state(state)
    with pytest.raises(ValueError, match="lacks update_rule"):
        new_solver().set_state({"weights": np.zeros(3)})


def test_learning_rate_decays_after_each_epoch():
    solver = new_solver(lr_decay=0.5)
    solver.train()
    assert {config["learning_rate"] for config in solver.optim_configs.values()} == {1e-2 * 0.5**4}


def test_a_function_can_be_the_update_rule():
    def halve(w, dw, config=None):
        return w / 2, config

    solver = new_solver(update_rule=halve, optim_config=None, num_epochs=1)
    start = solver.model.params["W1"].copy()
    solver.train_epoch()
    np.testing.assert_allclose(solver.model.params["W1"], start / 2**6, rtol=1e-6)


def test_optim_config_handed_in_is_not_changed():
    config = {"learning_rate": 1e-2}
    new_solver(optim_config=config).train()
    assert config == {"learning_rate": 1e-2}


@pytest.mark.filterwarnings("error")
def test_a_diverging_run_is_recorded_or_raised_as_asked():
    options = {"update_rule": "sgd", "optim_config": {"learning_rate": 1e20}, "num_epochs": 2}
    solver = new_solver(new_network(normalization=None), **options)
    solver.train()
    assert not np.isfinite(solver.loss_history[-1])
    assert len(solver.val_acc_history) == 3
    assert all(np.isfinite(array).all() for array in solver.model.params.values())
    with pytest.raises(FloatingPointError, match=r"loss is (nan|inf) at iteration \d+ \(epoch 1\)"):
        new_solver(new_network(normalization=None), raise_on_nan=True, **options).train()


def test_check_accuracy_counts_right_answers():
    network = FullyConnectedNet([], 2, 2, dtype=np.float64, seed=0)
    network.params["W1"][:] = np.eye(2)
    X, y = np.array([[1.0, 0], [0, 1], [1, 0], [0, 1]]), np.array([0, 1, 1, 1])
    solver = Solver(network, {"X_train": X, "y_train": y, "X_val": X, "y_val": y}, seed=0)
    assert solver.check_accuracy(X, y) == solver.check_accuracy(X, y, batch_size=3) == 0.75
    assert solver.check_accuracy(X, y, num_samples=100) == 0.75
    assert {solver.check_accuracy(X, y, num_samples=2) for _ in range(50)} == {0.5, 1.0}


def test_verbose_says_where_it_is(capsys):
    new_solver(verbose=True, print_every=6, num_epochs=2).train()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "epoch 0/2",
        "iteration 6/12",
        "epoch 1/2",
        "iteration 12/12",
        "epoch 2/2",
    ]
    new_solver().train()
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"batchsize": 3},
            ValueError,
            r"unknown option 'batchsize' \(batch_size\?\); allowed: update_rule, .*raise_on_nan",
        ),
        (
            {"update_rule": "adm"},
            ValueError,
            r"unknown update_rule 'adm' \(adam\?\); allowed: sgd, sgd_momentum",
        ),
        (
            {"optim_config": {"lr": 1}},
            ValueError,
            "adam: unknown configuration key 'lr'; allowed: learning_rate",
        ),
        ({"sampling": "random"}, ValueError, "unknown sampling 'random'; allowed: shuffle, replacement"),
        ({"batch_size": 0}, ValueError, "batch_size is too small; allowed: 1 or more"),
        ({"batch_size": 2.5}, ValueError, r"batch_size is 2.5; allowed: whole numbers from 1"),
        ({"num_epochs": 1.5}, ValueError, "num_epochs is 1.5; allowed: whole numbers from 0"),
        ({"print_every": "5"}, ValueError, "print_every is '5'"),
        ({"num_val_samples": 7.5}, ValueError, "num_val_samples is 7.5"),
        ({"lr_decay": "0.9"}, ValueError, "lr_decay is '0.9'; allowed: a number of 0 or more"),
        ({"rng": 3, "seed": None}, ValueError, "rng is 3; needed: a numpy Generator or RandomState"),
        ({"num_epochs": -1}, ValueError, "num_epochs is too small; allowed: 0 or more"),
        ({"num_train_samples": 0}, ValueError, "num_train_samples is too small"),
        ({"rng": np.random.default_rng(0)}, ValueError, "rng and seed"),
        ({"data": {"X_train": np.zeros((2, 8))}}, ValueError, "data lacks y_train, X_val, y_val"),
        ({"data": {**blobs(), "y_val": np.zeros(4, int)}}, ValueError, "X_val has 30 samples, y_val 4"),
    ],
)
def test_a_wrong_option_is_one_clear_line(options, error, message):
    with pytest.raises(error, match=message):
        new_solver(**options)
