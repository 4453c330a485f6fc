"""The training loop: one model, one recipe, one seed; it goes on from its last finished epoch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.vision.augment import Augmenter, shrink
from lib.vision.compute import Compute
from lib.vision.config import ModelConfig, Recipe
from lib.vision.models import build_model
from lib.vision.optimizers import Stepper

log = logging.getLogger(__name__)

EVALUATION_BATCH = 500
STATISTICS_IMAGES = 5_000
PROGRESS_SECONDS = 60


@dataclass(frozen=True)
class Images:
    """Training and validation images, uint8 (N, C, H, W), with labels (N,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray


@dataclass(frozen=True)
class Normalisation:
    """Per-channel mean and standard deviation of the training images, in [0, 1]."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, images: np.ndarray) -> Normalisation:
        """Statistics of uint8 images (N, C, H, W)."""
        channels = images.transpose(1, 0, 2, 3).reshape(images.shape[1], -1)
        # Integer histograms give exact sums, the same on every machine.
        counts = np.stack([np.bincount(channel, minlength=256) for channel in channels]).astype(np.float64)
        values, total = np.arange(256) / 255, counts.sum(axis=1)
        mean = counts @ values / total
        std = np.sqrt(counts @ values**2 / total - mean**2)
        return cls(tuple(mean.tolist()), tuple(std.tolist()))

    def apply(self, images: Tensor, device: torch.device) -> Tensor:
        """Normalised float32 images on ``device``."""
        shape = (1, -1, 1, 1)
        mean = torch.tensor(self.mean, dtype=torch.float32).view(shape)
        std = torch.tensor(self.std, dtype=torch.float32).view(shape)
        x = images.to(device, torch.float32)
        return x.mul_((1 / (255 * std)).to(device)).sub_((mean / std).to(device))


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
    model = model.to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps_per_epoch = len(images.x_train) // recipe.batch_size
    if steps_per_epoch < 1:
        raise ValueError(
            f"batch_size {recipe.batch_size} is larger than the training set ({len(images.x_train)} images)"
        )
    stepper = Stepper(model, recipe.optimizer, steps_per_epoch, recipe.epochs, compute.dtype)
    augmenter = Augmenter(images.x_train, recipe.augmentation, seed=seed, device=compute.device)
    labels = torch.from_numpy(images.y_train.astype(np.int64))
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
    work = [(recipe.side(epoch) or images.x_train.shape[-1]) ** 2 for epoch in range(recipe.epochs)]  # pixels
    for epoch in range(resumed, recipe.epochs):
        row = _train_epoch(model, augmenter, labels, normalisation, recipe, stepper, compute, seed, epoch)
        if recipe.precise_statistics:
            _renew_statistics(model, images.x_train[:STATISTICS_IMAGES], normalisation, compute)
        scores = predict(model, images.x_val, normalisation, compute)
        row |= {f"val_{name}": value for name, value in loss_and_accuracy(scores, images.y_val).items()}
        history.append(row)
        predictions.append(scores.argmax(axis=1).astype(np.uint8))
        if recipe.keep == "last" or row["val_accuracy"] > best["accuracy"]:
            best = {
                "accuracy": row["val_accuracy"],
                "epoch": epoch + 1,
                "scores": scores,
                "weights": {k: v.detach().cpu().numpy().copy() for k, v in model.state_dict().items()},
            }
        if observe is not None:
            observations += [{"epoch": epoch + 1, **seen} for seen in observe(model, normalisation)]
        left = (time.monotonic() - started) * sum(work[epoch + 1 :]) / sum(work[resumed : epoch + 1])
        log.info(
            "epoch %d/%d  lr %.4g  train loss %.4f accuracy %.4f  validation loss %.4f accuracy %.4f  %.0f s left",
            *(epoch + 1, recipe.epochs, row["learning_rate"], row["train_loss"], row["train_accuracy"]),
            *(row["val_loss"], row["val_accuracy"], left),
        )
        if checkpoints is not None:
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
    return TrainingResult(
        *(history, best["weights"], best["epoch"], normalisation, best["scores"]),
        val_predictions=np.stack(predictions),
        observations=observations,
    )


def _train_epoch(
    model: nn.Module,
    augmenter: Augmenter,
    labels: Tensor,
    normalisation: Normalisation,
    recipe: Recipe,
    stepper: Stepper,
    compute: Compute,
    seed: int,
    epoch: int,
) -> dict[str, float]:
    generator = torch.Generator().manual_seed(epoch_seed(seed, epoch))
    torch.manual_seed(epoch_seed(seed, epoch) + 1)  # dropout draws from PyTorch's own state
    order = torch.randperm(len(labels), generator=generator)
    model.train()
    told = time.monotonic()
    loss_sum = torch.zeros((), device=compute.device, dtype=torch.float64)
    correct = torch.zeros((), device=compute.device, dtype=torch.int64)
    for i in range(stepper.steps_per_epoch):
        step = epoch * stepper.steps_per_epoch + i
        index = order[i * recipe.batch_size : (i + 1) * recipe.batch_size]
        x = normalisation.apply(augmenter.batch(index, epoch, generator), compute.device)
        if epoch < recipe.epochs - recipe.plain_last:
            x = augmenter.cut(augmenter.warp(x, generator), generator)
        x = shrink(x, recipe.side(epoch))
        y = labels[index].to(compute.device)
        with compute.autocast():
            scores = model(x)
        scores = scores.float()
        functional.cross_entropy(scores, y, label_smoothing=recipe.label_smoothing).backward()
        stepper.step(step)
        with torch.no_grad():
            loss_sum += functional.cross_entropy(scores, y).double() * len(y)
            correct += (scores.argmax(1) == y).sum()
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            log.info("epoch %d/%d  step %d/%d", epoch + 1, recipe.epochs, i + 1, stepper.steps_per_epoch)
    seen = stepper.steps_per_epoch * recipe.batch_size
    if not torch.isfinite(loss_sum):
        raise FloatingPointError(
            f"the training loss is not finite in epoch {epoch + 1}; try a lower learning rate "
            f"(now {stepper.config.learning_rate:g} at its peak)"
        )
    return {
        "epoch": epoch + 1,
        "learning_rate": stepper.learning_rate(epoch * stepper.steps_per_epoch),
        "train_loss": float(loss_sum) / seen,
        "train_accuracy": int(correct) / seen,
    }


@torch.no_grad()
def _renew_statistics(model: nn.Module, images: np.ndarray, normalisation: Normalisation, compute: Compute) -> None:
    """Set batch norm's running statistics to the averages over batches of ``images``, all else in evaluation mode."""
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        norm.momentum = None  # PyTorch's word for a plain average
    for start in range(0, len(images), EVALUATION_BATCH):
        _scores(model, torch.from_numpy(images[start : start + EVALUATION_BATCH]), normalisation, compute)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed for one epoch of one training, well apart from its neighbours'."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint32)[0])


@torch.no_grad()
def predict(
    model: nn.Module,
    images: np.ndarray,
    normalisation: Normalisation,
    compute: Compute,
    *,
    flip: bool = False,
) -> np.ndarray:
    """Scores (N, num_classes), float32, of uint8 images (N, C, H, W), in evaluation mode; ``flip`` mirrors them."""
    model.eval()
    parts = []
    for start in range(0, len(images), EVALUATION_BATCH):
        batch = torch.from_numpy(images[start : start + EVALUATION_BATCH])
        parts.append(_scores(model, batch.flip(3) if flip else batch, normalisation, compute).float().cpu().numpy())
    return np.concatenate(parts)


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
