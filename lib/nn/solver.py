"""Training: batches, epochs, histories, the best weights, and going on after an interruption."""

import copy
import inspect
from collections.abc import Callable, Mapping

import numpy as np

from lib.nn.fc_net import FullyConnectedNet
from lib.nn.messages import unknown_name
from lib.nn.optim import OPTIMIZERS, SCRATCH, Config, UpdateRule
from lib.nn.rng import rng_from_json, rng_to_json

SAMPLINGS = ("shuffle", "replacement")
DATA_KEYS = ("X_train", "y_train", "X_val", "y_val")


class Solver:
    """Trains a network on ``data["X_train"]``, and keeps the weights that do best on ``data["X_val"]``.

    Parameters
    ----------
    model : the network; trained in place
    data : dict of arrays X_train (N, ...), y_train (N,), X_val (M, ...), y_val (M,)
    update_rule : a name of ``lib.nn.optim.OPTIMIZERS`` (``sgd``), or a function of that kind
    optim_config : its hyper-parameters, the same for each array of parameters
    lr_decay : factor on the learning rate after each epoch (1.0)
    batch_size : samples in a batch (100)
    num_epochs : epochs that :meth:`train` goes up to (10)
    num_train_samples : samples, drawn anew each time, on which the training accuracy is measured; None for
        all (1000)
    num_val_samples : the same for the validation accuracy (None)
    sampling : ``shuffle`` goes through the training data once per epoch in a random order; what is left over
        at the end and does not fill a batch is dropped (unless it is all there is). ``replacement`` draws
        each batch from all data, as CS231n does; an epoch has as many batches
    rng, seed : the generator of batches and measured samples, or the seed of a new one (None: a fresh one)
    verbose : print the loss each ``print_every`` (10) iterations, and the accuracies
    raise_on_nan : stop with :exc:`FloatingPointError` at a loss that is not finite. Off, it is recorded and
        training goes on, since a diverged run is a result too

    Attributes
    ----------
    loss_history : loss of each iteration, on its batch, before its step
    train_acc_history, val_acc_history : accuracies before training and after each epoch, ``epoch + 1`` values
    epoch : epochs done
    best_val_acc, best_epoch, best_params : of the best epoch (the first of equals); -1, -1, {} at first
    optim_configs : the update rule's memory for each array of parameters

    Raises
    ------
    TypeError : for an unknown option. ValueError : for a value that is not allowed, or data that do not fit.
    """

    def __init__(
        self,
        model: FullyConnectedNet,
        data: Mapping[str, np.ndarray],
        *,
        update_rule: str | UpdateRule = "sgd",
        optim_config: Config | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        sampling: str = "shuffle",
        rng: np.random.Generator | None = None,
        seed: int | None = None,
        verbose: bool = False,
        print_every: int = 10,
        raise_on_nan: bool = False,
        **unknown: object,
    ) -> None:
        for name in unknown:
            options = inspect.signature(Solver).parameters.values()
            raise TypeError(
                "Solver: " + unknown_name("option", name, [o.name for o in options if o.kind == o.KEYWORD_ONLY])
            )
        if isinstance(update_rule, str):
            if update_rule not in OPTIMIZERS:
                raise ValueError("Solver: " + unknown_name("update_rule", update_rule, OPTIMIZERS))
            update_rule = OPTIMIZERS[update_rule]
            update_rule(np.zeros(1), np.zeros(1), copy.deepcopy(optim_config))  # a wrong key shows here
        if sampling not in SAMPLINGS:
            raise ValueError("Solver: " + unknown_name("sampling", sampling, SAMPLINGS))
        if rng is not None and seed is not None:
            raise ValueError("Solver: rng and seed are two ways to say the same; give one")
        positive = {"batch_size": batch_size, "print_every": print_every, "num_epochs": num_epochs + 1}
        positive |= {"num_train_samples": 1 if num_train_samples is None else num_train_samples}
        positive |= {"num_val_samples": 1 if num_val_samples is None else num_val_samples}
        for name, value in positive.items():
            if value < 1:
                raise ValueError(f"Solver: {name} is too small; allowed: {0 if name == 'num_epochs' else 1} or more")
        self.model = model
        self.X_train, self.y_train, self.X_val, self.y_val = _check_data(data)
        self.update_rule = update_rule
        self._in_place = update_rule in OPTIMIZERS.values()  # another function need not know ``out``
        self.lr_decay = float(lr_decay)
        self.batch_size = min(batch_size, len(self.X_train))
        self.num_epochs = num_epochs
        self.num_train_samples = num_train_samples
        self.num_val_samples = num_val_samples
        self.sampling = sampling
        self.rng = np.random.default_rng(seed) if rng is None else rng
        # Of their own, so that measuring more or less often leaves the batches as they are.
        self._check_rng = np.random.default_rng(int(self.rng.integers(2**63)))
        self.verbose = verbose
        self.print_every = print_every
        self.raise_on_nan = raise_on_nan

        self.iterations_per_epoch = len(self.X_train) // self.batch_size
        self.optim_configs = {name: copy.deepcopy(optim_config or {}) for name in model.params}
        self.epoch = 0
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.best_val_acc = -1.0
        self.best_epoch = -1
        self._best: dict[str, np.ndarray] = {}

    @property
    def best_params(self) -> dict[str, np.ndarray]:
        return {name: self._best[name] for name in self.model.params if self._best}

    def train(self, after_epoch: Callable[["Solver"], object] | None = None) -> None:
        """Train up to ``num_epochs`` epochs, then give the model its best weights and what belongs to them.

        ``after_epoch(solver)`` is called after each epoch, for instance to store :meth:`get_state`.
        """
        self._measure_start()
        while self.epoch < self.num_epochs:
            self.train_epoch()
            if after_epoch is not None:
                after_epoch(self)
        self.restore_best()

    def train_epoch(self) -> None:
        """Train one epoch more, and measure; the model keeps the weights it ends with."""
        self._measure_start()
        for indices in self._batches():
            self._step(indices)
        for config in self.optim_configs.values():
            if self.lr_decay != 1:
                config["learning_rate"] *= self.lr_decay
        self.epoch += 1
        self._measure()

    def restore_best(self) -> None:
        """Give the model the weights of the best epoch, and all that belongs to them."""
        self.model.set_weights(self._best)

    def check_accuracy(
        self, X: np.ndarray, y: np.ndarray, num_samples: int | None = None, batch_size: int = 1000
    ) -> float:
        """Share of samples whose highest score is that of their label, in test mode.

        Parameters
        ----------
        X : (N, d1, ..., dk) array
        y : (N,) array of labels
        num_samples : measure on so many, drawn without replacement; None, or N and more, for all
        batch_size : samples computed at a time, which bounds the memory

        Returns
        -------
        accuracy : in [0, 1]
        """
        if num_samples is not None and num_samples < len(X):
            chosen = self._check_rng.choice(len(X), num_samples, replace=False)
            X, y = X[chosen], y[chosen]
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.mean(self.model.predict(X, batch_size) == y))

    def get_state(self) -> dict[str, np.ndarray]:
        """All that the rest of the training depends on, between two epochs, as a flat dict of arrays.

        It can go through :func:`numpy.savez` without pickle. Set on a solver that was made with the same
        arguments, the training ends with the same bits as one that was never interrupted.
        """
        state = {f"model/{name}": array for name, array in self.model.get_state().items()}
        state |= {f"best/{name}": array.copy() for name, array in self._best.items()}
        for name, config in self.optim_configs.items():
            state |= {f"optim/{name}/{key}": np.array(value) for key, value in config.items() if key != SCRATCH}
        for name in ("loss_history", "train_acc_history", "val_acc_history"):
            state[name] = np.array(getattr(self, name), dtype=np.float64)
        for name in ("epoch", "best_val_acc", "best_epoch"):
            state[name] = np.array(getattr(self, name))
        state["update_rule"] = np.array(self._rule_name())
        state["rng"] = np.array(rng_to_json(self.rng))
        state["check_rng"] = np.array(rng_to_json(self._check_rng))
        return state

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what :meth:`get_state` gave; :exc:`ValueError` if of another network or update rule."""
        missing = [name for name in ("update_rule", "epoch", "loss_history", "rng", "check_rng") if name not in state]
        if missing:
            raise ValueError(f"state: lacks {', '.join(missing)}; written by Solver.get_state?")
        if str(state["update_rule"]) != self._rule_name():
            raise ValueError(
                f"state: saved with update rule {state['update_rule']}, this solver has {self._rule_name()}"
            )
        self.model.set_state(_below("model/", state))
        self._best = {name: array.copy() for name, array in _below("best/", state).items()}
        for name in self.optim_configs:
            config = _below(f"optim/{name}/", state)
            self.optim_configs[name] = {
                key: value.copy() if value.ndim else value.item() for key, value in config.items()
            }
        self.loss_history = state["loss_history"].tolist()
        self.train_acc_history = state["train_acc_history"].tolist()
        self.val_acc_history = state["val_acc_history"].tolist()
        self.epoch, self.best_epoch = int(state["epoch"]), int(state["best_epoch"])
        self.best_val_acc = float(state["best_val_acc"])
        rng_from_json(self.rng, str(state["rng"]))
        rng_from_json(self._check_rng, str(state["check_rng"]))

    def _rule_name(self) -> str:
        return getattr(self.update_rule, "__name__", type(self.update_rule).__name__)

    def _batches(self) -> list[np.ndarray]:
        """Indices of the samples of each batch of an epoch."""
        n, size, count = len(self.X_train), self.batch_size, self.iterations_per_epoch
        if self.sampling == "replacement":
            return [self.rng.integers(n, size=size) for _ in range(count)]
        return np.split(self.rng.permutation(n)[: count * size], count)

    def _step(self, indices: np.ndarray) -> None:
        iteration = len(self.loss_history) + 1
        with np.errstate(over="ignore", invalid="ignore"):
            loss, gradients = self.model.loss(self.X_train[indices], self.y_train[indices])
            if self.raise_on_nan and not np.isfinite(loss):
                raise FloatingPointError(
                    f"loss is {loss} at iteration {iteration} (epoch {self.epoch + 1}): diverged;"
                    " lower the learning rate or the weight scale"
                )
            for name, w in self.model.params.items():
                options = {"out": w} if self._in_place else {}
                self.model.params[name], self.optim_configs[name] = self.update_rule(
                    w, gradients[name], self.optim_configs[name], **options
                )
        self.loss_history.append(loss)
        if self.verbose and iteration % self.print_every == 0:
            print(f"iteration {iteration}/{self.num_epochs * self.iterations_per_epoch}: loss {loss:.4f}")

    def _measure_start(self) -> None:
        if not self.val_acc_history:
            self._measure()

    def _measure(self) -> None:
        """Record the accuracies, and the weights if they are the best so far."""
        train = self.check_accuracy(self.X_train, self.y_train, self.num_train_samples)
        val = self.check_accuracy(self.X_val, self.y_val, self.num_val_samples)
        self.train_acc_history.append(train)
        self.val_acc_history.append(val)
        if val > self.best_val_acc:
            self.best_val_acc, self.best_epoch, self._best = val, self.epoch, self.model.get_weights()
        if self.verbose:
            print(f"epoch {self.epoch}/{self.num_epochs}: accuracy {train:.4f} training, {val:.4f} validation")


def _check_data(data: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    missing = [name for name in DATA_KEYS if name not in data]
    if missing:
        raise ValueError(f"Solver: data lacks {', '.join(missing)}; needed: {', '.join(DATA_KEYS)}")
    X_train, y_train, X_val, y_val = (np.asarray(data[name]) for name in DATA_KEYS)
    for part, X, y in (("train", X_train, y_train), ("val", X_val, y_val)):
        if not len(X) or len(X) != len(y):
            raise ValueError(f"Solver: X_{part} has {len(X)} samples, y_{part} {len(y)}; needed: as many, 1 or more")
    return X_train, y_train, X_val, y_val


def _below(prefix: str, state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The entries whose names begin with ``prefix``, without it."""
    return {name[len(prefix) :]: array for name, array in state.items() if name.startswith(prefix)}
