"""Training: batches, epochs, histories, the best weights, and going on after an interruption."""

import copy
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lib.nn.checks import check_count, check_labels, check_number
from lib.nn.fc_net import FullyConnectedNet
from lib.nn.messages import unknown_name, unknown_option
from lib.nn.model import Model, check_model, give_state, give_weights, state_of, weights_of
from lib.nn.optim import OPTIMIZERS, SCRATCH, Config, UpdateRule
from lib.nn.rng import RandomSource, as_generator, draw_integers, rng_from_json, rng_to_json

SAMPLINGS = ("shuffle", "replacement")
CHECKPOINT_KEYS = (
    *("model", "update_rule", "lr_decay", "optim_config", "batch_size", "num_train_samples", "num_val_samples"),
    *("epoch", "loss_history", "train_acc_history", "val_acc_history"),
)
DATA_KEYS = ("X_train", "y_train", "X_val", "y_val")


class Solver:
    """Trains a model on ``data["X_train"]``, and keeps the weights that do best on ``data["X_val"]``.

    Parameters
    ----------
    model : a network of this package, or any object with ``params`` and ``loss`` (:class:`lib.nn.model.Model`);
        trained in place. The arrays of the network are written to, those of another model are replaced
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
    rng, seed : the generator of batches and measured samples, or the seed of a new one; without either it is
        NumPy's global one, which ``np.random.seed`` sets
    verbose : print the loss each ``print_every`` (10) iterations, and the accuracies (True)
    checkpoint_name : after each epoch pickle model, settings and histories to ``NAME_epoch_E.pkl``, with the keys of
        the course (None: not)
    raise_on_nan : stop with :exc:`FloatingPointError` at a loss that is not finite. Off, it is recorded and
        training goes on, since a diverged run is a result too

    Attributes
    ----------
    loss_history : loss of each iteration, on its batch, before its step
    train_acc_history, val_acc_history : accuracies before training and after each epoch, ``epoch + 1`` values
    epoch : epochs done
    best_val_acc, best_epoch, best_params : of the best epoch (the first of equals); -1, -1, {} at first. The model
        gets ``best_params`` at the end, whoever has set them, with the running statistics of the best epoch
    optim_configs : the update rule's memory for each array of parameters

    Raises
    ------
    ValueError : for an unknown option, a value that is not allowed, data that do not fit, or labels that are no (N,)
        integers.
    """

    def __init__(
        self,
        model: Model,
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
        rng: RandomSource | None = None,
        seed: int | None = None,
        verbose: bool = True,
        print_every: int = 10,
        checkpoint_name: str | None = None,
        raise_on_nan: bool = False,
        **unknown: object,
    ) -> None:
        for name in unknown:
            raise ValueError("Solver: " + unknown_option(name, Solver))
        if sampling not in SAMPLINGS:
            raise ValueError("Solver: " + unknown_name("sampling", sampling, SAMPLINGS))
        if rng is not None and seed is not None:
            raise ValueError("Solver: rng and seed are two ways to say the same; give one")
        if not isinstance(rng, RandomSource | None):
            raise ValueError(f"Solver: rng is {rng!r}; needed: a numpy Generator or RandomState (a number is a seed)")
        check_model(model)
        self.model = model
        self.X_train, self.y_train, self.X_val, self.y_val = _check_data(data)
        self.update_rule = _rule(update_rule, optim_config)
        # Another function need not know ``out``, another model may share its arrays.
        self._in_place = isinstance(model, FullyConnectedNet) and self.update_rule in OPTIMIZERS.values()
        self.optim_config: Config = dict(optim_config or {})
        self.lr_decay = check_number("Solver: lr_decay", lr_decay)
        self.batch_size = min(check_count("Solver: batch_size", batch_size), len(self.X_train))
        self.num_epochs = check_count("Solver: num_epochs", num_epochs, least=0)
        self.num_train_samples = _count_or_all("num_train_samples", num_train_samples)
        self.num_val_samples = _count_or_all("num_val_samples", num_val_samples)
        self.sampling = sampling
        self.rng = as_generator(seed) if rng is None else rng
        # Of their own, so that measuring more or less often leaves the batches as they are.
        self._check_rng = np.random.default_rng(int(draw_integers(self.rng, 2**63)))
        self.verbose = verbose
        self.print_every = check_count("Solver: print_every", print_every)
        self.checkpoint_name = checkpoint_name
        self.raise_on_nan = raise_on_nan
        self.iterations_per_epoch = len(self.X_train) // self.batch_size
        self._reset()

    def _reset(self) -> None:
        """Forget what has been trained; the model stays as it is."""
        self.optim_configs = {name: copy.deepcopy(self.optim_config) for name in self.model.params}
        self.epoch = 0
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.best_val_acc = -1.0
        self.best_epoch = -1
        self.best_params: dict[str, np.ndarray] = {}
        self._best_statistics: dict[str, np.ndarray] = {}
        self._coming: list[np.ndarray] = []

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
        self._coming = self._batches()
        while self._coming:
            self._step()
        for config in self.optim_configs.values():
            if self.lr_decay != 1:
                config["learning_rate"] *= self.lr_decay
        self.epoch += 1
        self._measure()
        self._save_checkpoint()

    def restore_best(self) -> None:
        """Give the model the weights of the best epoch, and all that belongs to them."""
        give_weights(self.model, {**self.best_params, **self._best_statistics})

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

        Raises
        ------
        ValueError : for labels that are no (N,) integers from 0 and below the number of scores; for no samples.
        """
        X, labels = np.asarray(X), check_labels("check_accuracy", y, len(X))
        highest = labels.max()
        if num_samples is not None and check_count("num_samples", num_samples) < len(X):
            chosen = self._check_rng.choice(len(X), num_samples, replace=False)
            X, labels = X[chosen], labels[chosen]
        right = 0
        for start in range(0, len(X), check_count("batch_size", batch_size)):
            part = labels[start : start + batch_size]
            with np.errstate(over="ignore", invalid="ignore"):
                scores = np.asarray(self.model.loss(X[start : start + batch_size]))
            if scores.ndim != 2 or len(scores) != len(part):
                raise ValueError(f"check_accuracy: loss(X) gave {scores.shape}; needed: scores ({len(part)}, C)")
            if highest >= scores.shape[1]:
                raise ValueError(f"check_accuracy: a label is {highest}; allowed: 0 to {scores.shape[1] - 1}")
            right += int(np.count_nonzero(scores.argmax(axis=1) == part))
        return right / len(X)

    def get_state(self) -> dict[str, np.ndarray]:
        """All that the rest of the training depends on, between two epochs, as a flat dict of arrays.

        It can go through :func:`numpy.savez` without pickle. Set on a solver that was made with the same
        arguments, the training ends with the same bits as one that was never interrupted.
        """
        state = {f"model/{name}": array for name, array in state_of(self.model).items()}
        best = {**self.best_params, **self._best_statistics}
        state |= {f"best/{name}": array.copy() for name, array in best.items()}
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
        give_state(self.model, _below("model/", state))
        self._keep({name: array.copy() for name, array in _below("best/", state).items()})
        self._coming = []
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
            return [draw_integers(self.rng, n, size) for _ in range(count)]
        return np.split(self.rng.permutation(n)[: count * size], count)

    def _step(self, indices: np.ndarray | None = None) -> None:
        """One step on the samples ``indices``; None: on the next batch."""
        if indices is None:
            self._coming = self._coming or self._batches()
            indices = self._coming.pop(0)
        iteration = len(self.loss_history) + 1
        with np.errstate(over="ignore", invalid="ignore"):
            loss, gradients = self.model.loss(self.X_train.take(indices, axis=0), self.y_train[indices])
            loss = float(loss)
            if self.raise_on_nan and not np.isfinite(loss):
                raise FloatingPointError(
                    f"loss is {loss} at iteration {iteration} (epoch {self.epoch + 1}): diverged;"
                    " lower the learning rate or the weight scale"
                )
            for name, w in self.model.params.items():
                self._update(name, w, gradients)
        self.loss_history.append(loss)
        if self.verbose and iteration % self.print_every == 0:
            print(f"iteration {iteration}/{self.num_epochs * self.iterations_per_epoch}: loss {loss:.4f}")

    def _update(self, name: str, w: np.ndarray, gradients: Mapping[str, np.ndarray]) -> None:
        """One step of one parameter."""
        if name not in gradients:
            raise ValueError(f"parameter {name}: loss(X, y) gives no gradient for it, but for {', '.join(gradients)}")
        options = {"out": w} if self._in_place else {}
        try:
            next_w, config = self.update_rule(w, gradients[name], self.optim_configs[name], **options)
        except ValueError as error:
            raise ValueError(f"parameter {name}: {error}") from error
        self.model.params[name], self.optim_configs[name] = next_w, config

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
            self.best_val_acc, self.best_epoch = val, self.epoch
            self._keep(weights_of(self.model))
        if self.verbose:
            print(f"epoch {self.epoch}/{self.num_epochs}: accuracy {train:.4f} training, {val:.4f} validation")

    def _keep(self, best: dict[str, np.ndarray]) -> None:
        """Take over the weights of the best epoch."""
        names = self.model.params.keys()
        self.best_params = {name: array for name, array in best.items() if name in names}
        self._best_statistics = {name: array for name, array in best.items() if name not in names}

    def _save_checkpoint(self) -> None:
        if self.checkpoint_name is None:
            return
        found: dict[str, Any] = {name: getattr(self, name) for name in CHECKPOINT_KEYS}
        path = f"{self.checkpoint_name}_epoch_{self.epoch}.pkl"
        if self.verbose:
            print(f"checkpoint {path}")
        with open(path, "wb") as file:
            pickle.dump(found, file)


def _rule(update_rule: str | UpdateRule, optim_config: Config | None) -> UpdateRule:
    """The update rule of that name; a wrong key of its configuration shows here."""
    if not isinstance(update_rule, str):
        return update_rule
    if update_rule not in OPTIMIZERS:
        raise ValueError("Solver: " + unknown_name("update_rule", update_rule, OPTIMIZERS))
    rule = OPTIMIZERS[update_rule]
    # An array among them has the shape of some parameter, which is checked when that is updated.
    rule(
        np.zeros(1), np.zeros(1), {name: 0 if np.ndim(value) else value for name, value in (optim_config or {}).items()}
    )
    return rule


def _count_or_all(name: str, value: int | None) -> int | None:
    return None if value is None else check_count(f"Solver: {name}", value)


def _check_data(data: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    missing = [name for name in DATA_KEYS if name not in data]
    if missing:
        raise ValueError(f"Solver: data lacks {', '.join(missing)}; needed: {', '.join(DATA_KEYS)}")
    X_train, y_train, X_val, y_val = (np.asarray(data[name]) for name in DATA_KEYS)
    for part, X, y in (("train", X_train, y_train), ("val", X_val, y_val)):
        n, labels = (len(array) if array.ndim else 0 for array in (X, y))
        if not n or n != labels:
            raise ValueError(f"Solver: X_{part} has {n} samples, y_{part} {labels}; needed: as many, 1 or more")
        check_labels(f"Solver: y_{part}", y, n)
    return X_train, y_train, X_val, y_val


def _below(prefix: str, state: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The entries whose names begin with ``prefix``, without it."""
    return {name[len(prefix) :]: array for name, array in state.items() if name.startswith(prefix)}
