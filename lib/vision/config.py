"""The configuration of models, recipes and devices.

Without PyTorch: Snakemake reads it at every start, and importing PyTorch takes as long as all the rest of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ModelConfig:
    """What a model is made of; one class for both kinds, so that a configuration section maps onto it.

    ``hidden`` are the widths of the fully connected hidden layers; ``blocks`` the widths of the convolutional
    blocks (empty for the MLP); ``block_dropout`` and ``hidden_dropout`` are probabilities of dropping. ``pixels``:
    ``ordered``, or ``shuffled`` by one permutation that all models share, before the first layer.
    """

    kind: str
    hidden: tuple[int, ...]
    hidden_dropout: float
    blocks: tuple[int, ...] = ()
    block_dropout: tuple[float, ...] = ()
    batchnorm: bool = True
    batchnorm_momentum: float = 0.1
    conv_init: str = "he"
    pixels: str = "ordered"


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images.

    ``crop_padding``: pixels added on every side before a random crop back to size, 0 for none;
    ``crop_border``: ``zero`` or ``reflect``; ``flip``: ``none``, ``random`` (every epoch anew) or ``alternating``
    (a random half in epoch 0, then every image the other way round each epoch; Jordan 2024, arXiv:2404.00498);
    ``rotation``: degrees up to which a random half of the images turns about its centre, either way, and ``shear``:
    pixels per pixel up to which the same half is slanted, 0 for none (two of the operations of RandAugment; Cubuk et
    al. 2020, arXiv:1909.13719); ``cutout``: side in pixels of a square set to the mean (DeVries & Taylor
    2017, arXiv:1708.04552), 0 for none.
    """

    crop_padding: int = 0
    crop_border: str = "zero"
    flip: str = "none"
    rotation: float = 0.0
    shear: float = 0.0
    cutout: int = 0


@dataclass(frozen=True)
class OptimizerConfig:
    """How the weights move.

    ``name``: ``sgd`` (momentum for all weights) or ``muon`` (orthogonalised momentum for convolution kernels,
    SGD for the rest). ``learning_rate`` is SGD's peak, ``muon_learning_rate`` Muon's, both scaled by the same
    schedule: ``multistep`` multiplies by ``factor`` after each epoch of ``milestones``; ``triangular`` rises
    linearly until the fraction ``peak_at`` of all steps and falls linearly to zero.
    """

    name: str = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 5e-4
    decay_all: bool = True
    schedule: str = "multistep"
    milestones: tuple[int, ...] = ()
    factor: float = 0.1
    peak_at: float = 0.2
    muon_learning_rate: float = 0.02
    muon_momentum: float = 0.9
    muon_weight_decay: float = 0.0


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training but the data and the seed.

    ``keep``: the weights of the ``last`` epoch or of the ``best`` by validation. ``plain_last``: so many last epochs
    neither turn, slant nor cut the images, so that training ends on images like those of the test (He et al. 2019,
    arXiv:1909.09148). ``precise_statistics``: after each epoch batch norm's running statistics are computed anew from
    training images as they are, without dropout (Wu & Johnson 2021, arXiv:2105.07576), in place of the moving averages.
    ``small_sides``: sides in pixels to which a CNN's training images are shrunk at first, each until that fraction of
    the epochs that ``small_until`` gives at the same place; images are whole after that (progressive resizing, see
    Tan & Le 2021, arXiv:2104.00298, sec. 4).
    """

    epochs: int
    batch_size: int
    label_smoothing: float = 0.0
    keep: str = "last"
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
    plain_last: int = 0
    precise_statistics: bool = False
    small_sides: tuple[int, ...] = ()
    small_until: tuple[float, ...] = ()

    def side(self, epoch: int) -> int | None:
        """Side in pixels of the training images in ``epoch`` (0-based); None where they are whole."""
        for side, until in zip(self.small_sides, self.small_until, strict=True):
            if epoch < round(until * self.epochs):
                return side
        return None


@dataclass(frozen=True)
class ArmConfig:
    """A model and how it is trained."""

    model: ModelConfig
    training: Recipe


@dataclass(frozen=True)
class Arm(ArmConfig):
    """The same with the images: their colours, and how many of the training set (None: all)."""

    color: str = "rgb"
    images: int | None = None


def arm_of(settings: Mapping[str, Any]) -> Arm:
    """The arm of resolved settings (see ``lib.catalogue.arms``), which must be right: nothing is checked."""
    training = dict(settings["training"])
    optimizer = OptimizerConfig(**_tuples(training.pop("optimizer", {})))
    augmentation = Augmentation(**_tuples(training.pop("augmentation", {})))
    recipe = Recipe(**_tuples(training), optimizer=optimizer, augmentation=augmentation)
    own = {key: settings[key] for key in ("color", "images") if key in settings}
    return Arm(ModelConfig(**_tuples(settings["model"])), recipe, **own)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


@dataclass(frozen=True)
class ComputeConfig:
    """``device``: auto, cpu, cuda or mps; ``precision``: auto, float32, tf32 or bfloat16.

    ``threads`` on the CPU are those of a CNN, ``mlp_threads`` those of an MLP. ``graphs``: ``auto`` records a training
    step on CUDA once and replays it, ``off`` runs it anew each time; the bits are the same.
    """

    device: str = "auto"
    precision: str = "auto"
    graphs: str = "auto"
    threads: int = 2
    mlp_threads: int = 1

    def threads_of(self, kind: str) -> int:
        """Threads for one kind of model."""
        return self.mlp_threads if kind == "mlp" else self.threads
