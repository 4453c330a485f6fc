"""The training loop: one model, one recipe, one seed; it goes on from its last finished epoch."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from lib.vision.augment import Cropper, Draws, draw_epoch, first_flips, put
from lib.vision.compute import Compute
from lib.vision.config import ModelConfig, Recipe
from lib.vision.models import build_model
from lib.vision.normalisation import Normalisation
from lib.vision.optimizers import Stepper
from lib.vision.steps import Batch, RecordedStep, Step

log = logging.getLogger(__name__)

STATISTICS_IMAGES, STATISTICS_BATCH = 5_000, 500
PROGRESS_SECONDS = 60
SAVINGS_APART = 20  # times the duration of a checkpoint that lie between two of them


@dataclass(frozen=True)
class Images:
    """Training and validation images, uint8 (N, C, H, W), with labels (N,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray


@dataclass
class TrainingResult:
    """Histories and weights; ``best_epoch`` counts from 1 and names the epoch whose weights these are.

    ``val_scores`` (N, K) are those of that epoch, ``val_predictions`` (E, N) uint8 the classes after each epoch;
    ``observations`` what ``observe`` saw after each epoch, with a key ``epoch``.
    """

    history: list[dict[str, float]]
    weights: dict[str, np.ndarray]
    best_epoch: int
    normalisation: Normalisation
    val_scores: np.ndarray
    val_predictions: np.ndarray
    observations: list[dict[str, float]]


class Checkpoints(Protocol):
    """Where unfinished training is kept (see ``lib.workflow.checkpoints``)."""

    def load(self) -> dict[str, Any] | None: ...

    def save(self, state: dict[str, Any]) -> None: ...


def train(
    images: Images,
    model_config: ModelConfig,
    recipe: Recipe,
    compute: Compute,
    *,
    seed: int,
    checkpoints: Checkpoints | None = None,
    observe: Callable[[nn.Module, Normalisation], list[dict[str, float]]] | None = None,
) -> TrainingResult:
    """Train one model; the same arguments on the same machine give the same bits.

    Batches are drawn without replacement, the last short one is dropped. Every epoch's randomness comes from
    (seed, epoch) alone, so a training that was interrupted ends like one that was not. Training loss is the plain
    cross-entropy on the augmented batches, without label smoothing, so that recipes can be compared; validation
    uses clean images. ``observe`` looks at the model after each epoch and gives rows to keep.

    Raises FloatingPointError if the loss stops being finite.
    """
    normalisation = Normalisation.of(images.x_train)
    model = build_model(images.x_train.shape[1], model_config, seed=seed)
    # An MLP takes pixels in the order of channels, rows and columns: so they lie in memory, where a CPU trains it.
    layout = torch.channels_last if model_config.kind == "cnn" else torch.contiguous_format
    model = model.to(compute.device, memory_format=layout)  # type: ignore[call-overload]
    steps_per_epoch = len(images.x_train) // recipe.batch_size
    if steps_per_epoch < 1:
        raise ValueError(
            f"batch_size {recipe.batch_size} is larger than the training set ({len(images.x_train)} images)"
        )
    stepper = Stepper(model, recipe.optimizer, steps_per_epoch, recipe.epochs, compute.dtype)
    step = (RecordedStep if compute.recorded else Step)(model, stepper, normalisation, recipe, compute)
    feed = Feed(images, recipe, compute, seed=seed, layout=layout)
    x_val = torch.from_numpy(images.x_val).to(compute.device)
    for_statistics = torch.from_numpy(images.x_train[:STATISTICS_IMAGES]).to(compute.device)
    history: list[dict[str, float]] = []
    predictions: list[np.ndarray] = []
    observations: list[dict[str, float]] = []
    best: dict[str, Any] = {"accuracy": -1.0}
    if checkpoints is not None and (state := checkpoints.load()) is not None:
        model.load_state_dict(state["model"])
        stepper.load_state_dict(state["optimiser"])
        history, best = state["history"], state["best"]
        predictions, observations = state["predictions"], state["observations"]
        log.info("resuming after epoch %d of %d", len(history), recipe.epochs)

    started, resumed = time.monotonic(), len(history)
    saved, saving = started, 0.0  # when the newest checkpoint was written, and how long that took
    work = [(recipe.side(epoch) or images.x_train.shape[-1]) ** 2 for epoch in range(recipe.epochs)]  # pixels
    for epoch in range(resumed, recipe.epochs):
        row = _train_epoch(model, feed, step, stepper, recipe, epoch)
        if recipe.precise_statistics:
            _renew_statistics(model, for_statistics, normalisation, compute)
        scores = predict(model, x_val, normalisation, compute)
        row |= {f"val_{name}": value for name, value in loss_and_accuracy(scores, images.y_val).items()}
        history.append(row)
        predictions.append(scores.argmax(axis=1).astype(np.uint8))
        if recipe.keep == "last" or row["val_accuracy"] > best["accuracy"]:
            best = {
                "accuracy": row["val_accuracy"],
                "epoch": epoch + 1,
                "scores": scores,
                "weights": {k: v.detach().clone() for k, v in model.state_dict().items()},
            }
        if observe is not None:
            observations += [{"epoch": epoch + 1, **seen} for seen in observe(model, normalisation)]
        left = (time.monotonic() - started) * sum(work[epoch + 1 :]) / sum(work[resumed : epoch + 1])
        log.info(
            "epoch %d/%d  lr %.4g  train loss %.4f accuracy %.4f  validation loss %.4f accuracy %.4f  %.0f s left",
            epoch + 1,
            recipe.epochs,
            row["learning_rate"],
            row["train_loss"],
            row["train_accuracy"],
            row["val_loss"],
            row["val_accuracy"],
            left,
        )
        # A GPU's epoch may take less time than a checkpoint.
        if checkpoints is not None and time.monotonic() - saved >= SAVINGS_APART * saving:
            began = time.monotonic()
            checkpoints.save(
                {
                    "model": model.state_dict(),
                    "optimiser": stepper.state_dict(),
                    "history": history,
                    "predictions": predictions,
                    "observations": observations,
                    "best": best,
                }
            )
            saved = time.monotonic()
            saving = saved - began
    weights = {name: value.cpu().numpy() for name, value in best["weights"].items()}
    return TrainingResult(
        history,
        weights,
        best["epoch"],
        normalisation,
        best["scores"],
        val_predictions=np.stack(predictions),
        observations=observations,
    )


class Feed:
    """The batches of every epoch; what is random in them comes from (seed, epoch) alone.

    On a CPU the images of a batch lie in memory as ``layout`` says, on CUDA with channels last.
    """

    def __init__(
        self,
        images: Images,
        recipe: Recipe,
        compute: Compute,
        *,
        seed: int,
        layout: torch.memory_format = torch.channels_last,
    ) -> None:
        self.recipe, self.compute, self.seed, self.layout = recipe, compute, seed, layout
        self.crop = Cropper(images.x_train, recipe.augmentation, device=compute.device)
        self.labels = torch.from_numpy(images.y_train.astype(np.int64)).to(compute.device)
        self.first, self.size = first_flips(len(images.x_train), seed), images.x_train.shape[-1]
        self._prepared: dict[int, Draws] = {}

    def draw(self, epoch: int) -> Draws:
        """The draws of an epoch (0-based)."""
        return draw_epoch(
            self.recipe.augmentation,
            self.first,
            self.size,
            batch_size=self.recipe.batch_size,
            epoch=epoch,
            plain=epoch >= self.recipe.epochs - self.recipe.plain_last,
            generator=torch.Generator().manual_seed(epoch_seed(self.seed, epoch)),
        )

    def dropout_seed(self, epoch: int) -> int:
        """What PyTorch's own generators start from in an epoch."""
        return epoch_seed(self.seed, epoch) + 1

    def prepare(self, epoch: int) -> None:
        """Draw an epoch before it is asked for, if there is one."""
        if epoch < self.recipe.epochs:
            self._prepared = {epoch: self.draw(epoch)}

    def batches(self, epoch: int, rates: Sequence[Sequence[float]]) -> Iterator[Batch]:
        """One batch after the other; on CUDA they are cut out together."""
        if self.compute.device.type == "cuda":
            whole = self.whole(epoch, rates)
            yield from (whole[i] for i in range(len(rates)))
            return
        draws = self.draw(epoch)
        for i, pair in enumerate(rates):
            one = draws[i].to(self.compute.device)
            images = self.crop(one).contiguous(memory_format=self.layout)
            yield Batch(images, self.labels[one.index], one.after_cropping(), pair)

    def whole(self, epoch: int, rates: Sequence[Sequence[float]]) -> Batch:
        """All batches of an epoch, cut out in a few kernels; their rates are a tensor (S, 2)."""
        draws = (self._prepared.pop(epoch, None) or self.draw(epoch)).to(self.compute.device)
        assert draws.index is not None
        images = self.crop(draws.flat()).unflatten(0, draws.index.shape)
        on_device = put(torch.tensor(rates, dtype=torch.float32), self.compute.device)
        return Batch(images, self.labels[draws.index], draws.after_cropping(), on_device)


def _train_epoch(
    model: nn.Module, feed: Feed, step: Step, stepper: Stepper, recipe: Recipe, epoch: int
) -> dict[str, float]:
    n, side = stepper.steps_per_epoch, recipe.side(epoch)
    rates = [stepper.rates(epoch * n + i) for i in range(n)]
    model.train()
    told = time.monotonic()
    for done in step.epoch(feed, epoch, rates, side):
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            log.info("epoch %d/%d  step %d/%d", epoch + 1, recipe.epochs, done, n)
    loss, correct = step.totals()
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"the training loss is not finite in epoch {epoch + 1}; try a lower learning rate "
            f"(now {stepper.config.learning_rate:g} at its peak)"
        )
    seen = n * recipe.batch_size
    return {
        "epoch": epoch + 1,
        "learning_rate": rates[0][0],
        "train_loss": loss / seen,
        "train_accuracy": correct / seen,
    }


@torch.no_grad()
def _renew_statistics(model: nn.Module, images: Tensor, normalisation: Normalisation, compute: Compute) -> None:
    """Set batch norm's running statistics to the averages over batches of ``images``, all else in evaluation mode."""
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        norm.momentum = None  # PyTorch's word for a plain average
    for batch in images.split(STATISTICS_BATCH):
        _scores(model, batch, normalisation, compute)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed for one epoch of one training, well apart from its neighbours'."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint32)[0])


@torch.no_grad()
def predict(
    model: nn.Module,
    images: np.ndarray | Tensor,
    normalisation: Normalisation,
    compute: Compute,
    *,
    flip: bool = False,
) -> np.ndarray:
    """Scores (N, num_classes), float32, of uint8 images (N, C, H, W), in evaluation mode; ``flip`` mirrors them."""
    model.eval()
    parts = []
    for batch in torch.as_tensor(images).split(compute.evaluation_batch):
        parts.append(_scores(model, batch.flip(3) if flip else batch, normalisation, compute).float())
    return torch.cat(parts).cpu().numpy()


def _scores(model: nn.Module, images: Tensor, normalisation: Normalisation, compute: Compute) -> Tensor:
    x = normalisation.apply(images, compute.device)
    with compute.autocast():
        scores: Tensor = model(x.contiguous(memory_format=torch.channels_last))
    return scores


def loss_and_accuracy(scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Mean cross-entropy (nats) and accuracy (fraction) of scores (N, C) for labels (N,)."""
    wide = scores.astype(np.float64)
    shifted = wide - wide.max(axis=1, keepdims=True)
    log_probability = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    picked = log_probability[np.arange(len(labels)), labels]
    return {"loss": float(-picked.mean()), "accuracy": float((scores.argmax(axis=1) == labels).mean())}
