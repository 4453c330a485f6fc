"""The solver with a model of the student's own: an object with ``params`` and ``loss``, and nothing more."""

import pickle

import numpy as np
import pytest


class Linear:
    """Softmax regression by hand."""

    def __init__(self, inputs=8, classes=3, dtype=np.float64):
        self.params = {"W": np.zeros((inputs, classes), dtype), "b": np.zeros(classes, dtype)}

    def loss(self, X, y=None):
        scores = X @ self.params["W"] + self.params["b"]
        if y is None:
            return scores
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss, p = -log_p[np.arange(len(y)), y].mean(), np.exp(log_p)
        p[np.arange(len(y)), y] -= 1
        return loss, {"W": X.T @ p / len(y), "b": p.mean(axis=0)}


class Centred(Linear):
    """The same behind a mean that it keeps in ``bn_params``, as batch norm does in the course."""

    def __init__(self):
        super().__init__()
        self.bn_params = [{"mode": "train"}]

    def loss(self, X, y=None):
        param = self.bn_params[0]
        if y is not None:
            param["running_mean"] = 0.5 * param.get("running_mean", 0) + 0.5 * X.mean(axis=0)
        return super().loss(X - param.get("running_mean", 0), y)


def blobs(n=90, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n)
    x = rng.standard_normal((3, 8))[y] + rng.standard_normal((n, 8))
    return {"X_train": x[:60], "y_train": y[:60], "X_val": x[60:], "y_val": y[60:]}


def solver_of(model=None, **options):
    from cs231n.solver import Solver

    settings = {"optim_config": {"learning_rate": 0.2}, "batch_size": 20, "num_epochs": 6, "verbose": False}
    return Solver(model or Linear(), blobs(), **{**settings, **options})


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("model", [Linear, Centred])
def test_a_model_with_params_and_loss_trains(model, rule):
    solver = solver_of(model(), update_rule=rule, optim_config={"learning_rate": 0.05}, num_epochs=10)
    solver.train()
    assert solver.best_val_acc > 0.7
    assert len(solver.loss_history) == 30 and solver.loss_history[-1] < solver.loss_history[0]
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 11
    assert solver.check_accuracy(solver.X_val, solver.y_val) == solver.best_val_acc
    for name, array in solver.best_params.items():
        np.testing.assert_array_equal(solver.model.params[name], array)


def test_the_best_running_statistics_come_back_too():
    solver = solver_of(Centred(), lr_decay=30.0, num_epochs=5, optim_config={"learning_rate": 0.02})
    means = []
    solver.train(lambda solver: means.append(solver.model.bn_params[0]["running_mean"].copy()))
    assert 0 < solver.best_epoch < 5
    np.testing.assert_array_equal(solver.model.bn_params[0]["running_mean"], means[solver.best_epoch - 1])


def test_the_arrays_of_another_model_are_replaced_not_written_to():
    model = Linear()
    first = model.params["W"]
    solver_of(model, update_rule="adam").train()
    assert not first.any() and model.params["W"].any()


def test_a_float32_model_with_float64_gradients_trains():
    model = Linear(dtype=np.float32)
    solver = solver_of(model, update_rule="sgd_momentum")
    solver.train()
    assert solver.best_val_acc > 0.7


def test_the_course_s_defaults(capsys):
    from cs231n.solver import Solver

    solver = Solver(Linear(), blobs())
    found = {name: getattr(solver, name) for name in ("lr_decay", "num_epochs", "num_train_samples", "num_val_samples")}
    assert found == {"lr_decay": 1, "num_epochs": 10, "num_train_samples": 1000, "num_val_samples": None}
    assert (solver.print_every, solver.verbose, solver.checkpoint_name) == (10, True, None)
    solver.train()
    assert "epoch 10/10" in capsys.readouterr().out


def test_a_step_at_a_time():
    solver, other = solver_of(seed=3), solver_of(seed=3)
    for _ in range(5):
        solver._step()
    assert len(solver.loss_history) == 5
    for _ in range(3):
        other._step()
    assert other.loss_history == solver.loss_history[:3]
    trained = solver_of(seed=3)
    trained.train()
    assert trained.loss_history[:3] == solver.loss_history[:3]
    assert len(trained.loss_history) == 18


@pytest.mark.parametrize("sampling", ["shuffle", "replacement"])
@pytest.mark.parametrize("source", [np.random.RandomState, np.random.default_rng])
def test_generators_of_both_kinds(source, sampling):
    runs = [solver_of(rng=source(seed), sampling=sampling) for seed in (0, 0, 1)]
    for solver in runs:
        solver.train()
    assert runs[0].loss_history == runs[1].loss_history != runs[2].loss_history


def test_the_global_generator_is_honoured():
    losses = []
    for seed in (231, 231, 5):
        np.random.seed(seed)  # noqa: NPY002
        solver = solver_of()
        solver.train()
        losses.append(solver.loss_history)
    assert losses[0] == losses[1] != losses[2]


def test_best_params_can_be_set():
    solver = solver_of(num_epochs=1)
    solver.train()
    solver.best_params = {"W": np.ones((8, 3)), "b": np.arange(3.0)}
    solver.restore_best()
    np.testing.assert_array_equal(solver.model.params["b"], [0, 1, 2])


def test_training_goes_on_after_an_interruption():
    whole, states = solver_of(Centred(), update_rule="adam", seed=1), []
    whole.train(lambda solver: states.append(solver.get_state()))
    resumed = solver_of(Centred(), update_rule="adam", seed=2)
    resumed.set_state(states[2])
    resumed.train()
    assert resumed.loss_history == whole.loss_history
    np.testing.assert_array_equal(resumed.model.params["W"], whole.model.params["W"])
    np.testing.assert_array_equal(resumed.model.bn_params[0]["running_mean"], whole.model.bn_params[0]["running_mean"])


def test_checkpoints_have_the_course_s_names_and_keys(tmp_path):
    solver = solver_of(num_epochs=2, checkpoint_name=str(tmp_path / "mine"))
    solver.train()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine_epoch_1.pkl", "mine_epoch_2.pkl"]
    found = pickle.loads((tmp_path / "mine_epoch_2.pkl").read_bytes())
    assert found["epoch"] == 2 and found["val_acc_history"] == solver.val_acc_history
    assert found["model"].loss(np.ones((1, 8))).shape == (1, 3)


class NoGradient(Linear):
    def loss(self, X, y=None):
        found = super().loss(X, y)
        return found if y is None else (found[0], {"W": found[1]["W"]})


class WrongGradient(Linear):
    def loss(self, X, y=None):
        found = super().loss(X, y)
        return found if y is None else (found[0], {"W": found[1]["W"].T, "b": found[1]["b"]})


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (Linear(), {"batchsize": 3}, r"unknown option 'batchsize' \(batch_size\?\)"),
        (object(), {}, "model is a object; needed: one with params, a dict of arrays, and loss"),
        (NoGradient(), {}, r"parameter b: loss\(X, y\) gives no gradient for it, but for W"),
        (WrongGradient(), {}, r"parameter W: sgd: w and dw .* w \(8, 3\) float64, dw \(3, 8\) float64"),
        (Linear(), {"optim_config": {"momentum": 0.5}}, "unknown configuration key 'momentum'"),
        (
            Linear(),
            {"update_rule": "adam", "optim_config": {"m": np.zeros(3)}},
            r"parameter W: adam: m must have the shape of w; got m \(3,\)",
        ),
        (Linear(classes=2), {}, "a label is 2; allowed: 0 to 1"),
    ],
)
def test_what_does_not_fit_is_one_clear_line(model, options, message):
    with pytest.raises(ValueError, match=message):
        solver_of(model, **options).train()
