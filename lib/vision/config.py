"""The configuration of models, recipes and devices: each value with its type, its bounds and its default.

Without PyTorch: Snakemake reads it at every start, and importing PyTorch takes as long as all the rest of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Le

from lib.bounds import Count, Fraction

ModelKind = Literal["mlp", "cnn"]
Pixels = Literal["ordered", "shuffled"]
CropBorder = Literal["zero", "reflect"]
Flip = Literal["none", "random", "alternating"]
OptimizerName = Literal["sgd", "muon", "adamw"]
Schedule = Literal["multistep", "triangular"]
Color = Literal["rgb", "gray", "gray3"]
Precision = Literal["auto", "float32", "tf32", "bfloat16"]

Share = Annotated[float, Ge(0), Le(0.99)]  # of units dropped, of a label spread: some must be left
Epochs = Annotated[int, Ge(1), Le(100_000)]
LearningRate = Annotated[float, Ge(1e-12), Le(1e3)]
Momentum = Annotated[float, Ge(0), Le(0.9999)]
WeightDecay = Annotated[float, Ge(0), Le(1e3)]
Threads = Annotated[int, Ge(1), Le(4096)]


def check_choice(what: str, value: str, allowed: Any) -> None:
    """Raise ValueError unless ``value`` is one of ``allowed``, a ``Literal``."""
    if value not in get_args(allowed):
        raise ValueError(f"unknown {what} {value!r}; allowed: {', '.join(get_args(allowed))}")


@dataclass(frozen=True)
class ModelConfig:
    """What a model is made of; one class for both kinds, so that a configuration section maps onto it.

    ``hidden`` are the widths of the fully connected hidden layers; ``blocks`` the widths of the convolutional
    blocks (empty for the MLP); ``block_dropout`` and ``hidden_dropout`` are probabilities of dropping. ``pixels``:
    ``ordered``, or ``shuffled`` by one permutation that all models share, before the first layer.
    """

    kind: ModelKind
    hidden: tuple[Annotated[int, Ge(1), Le(100_000)], ...]
    hidden_dropout: Share
    blocks: tuple[Annotated[int, Ge(1), Le(10_000)], ...] = ()
    block_dropout: tuple[Share, ...] = ()
    batchnorm: bool = True
    batchnorm_momentum: Fraction = 0.1
    conv_init: Literal["he", "normal"] = "he"
    pixels: Pixels = "ordered"


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

    crop_padding: Annotated[int, Ge(0), Le(16)] = 0
    crop_border: CropBorder = "zero"
    flip: Flip = "none"
    rotation: Annotated[float, Ge(0), Le(180)] = 0.0
    shear: Fraction = 0.0
    cutout: Annotated[int, Ge(0), Le(32)] = 0


@dataclass(frozen=True)
class OptimizerConfig:
    """How the weights move.

    ``name``: ``sgd`` (momentum for all weights), ``muon`` (orthogonalised momentum for convolution kernels,
    SGD for the rest) or ``adamw`` (Loshchilov & Hutter 2019, arXiv:1711.05101; ``momentum`` is its beta1, ``beta2``
    that of the squares). ``learning_rate`` is the peak of SGD or AdamW, ``muon_learning_rate`` Muon's, both scaled by
    the same schedule: ``multistep`` multiplies by ``factor`` after each epoch of ``milestones``; ``triangular`` rises
    linearly until the fraction ``peak_at`` of all steps and falls linearly to zero.
    """

    name: OptimizerName = "sgd"
    learning_rate: LearningRate = 0.1
    momentum: Momentum = 0.9
    beta2: Momentum = 0.999
    nesterov: bool = False
    weight_decay: WeightDecay = 5e-4
    decay_all: bool = True
    schedule: Schedule = "multistep"
    milestones: tuple[Epochs, ...] = ()
    factor: Annotated[float, Ge(1e-6), Le(1)] = 0.1
    peak_at: Fraction = 0.2
    muon_learning_rate: LearningRate = 0.02
    muon_momentum: Momentum = 0.9
    muon_weight_decay: WeightDecay = 0.0


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

    epochs: Epochs
    batch_size: Annotated[int, Ge(2), Le(1_000_000)]  # batch norm has no variance of one image
    label_smoothing: Share = 0.0
    keep: Literal["best", "last"] = "last"
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
    plain_last: Annotated[int, Ge(0)] = 0
    precise_statistics: bool = False
    small_sides: tuple[Annotated[int, Ge(16), Le(31)], ...] = ()  # of 32
    small_until: tuple[Fraction, ...] = ()

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

    color: Color = "rgb"
    images: Count | None = None


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
    """What a training runs on.

    ``threads`` on the CPU are those of a CNN, ``mlp_threads`` those of an MLP. ``graphs``: ``auto`` records a training
    step on CUDA once and replays it, ``off`` runs it anew each time; the bits are the same.
    """

    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Precision = "auto"
    graphs: Literal["auto", "off"] = "auto"
    threads: Threads = 2
    mlp_threads: Threads = 1

    def threads_of(self, kind: str) -> int:
        """Threads for one kind of model."""
        return self.mlp_threads if kind == "mlp" else self.threads
