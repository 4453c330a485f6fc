"""The two networks that the report compares: a multilayer perceptron and a small VGG-like CNN."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.vision.config import ModelConfig, ModelKind, Pixels, check_choice


class ShuffledPixels(nn.Module):
    """Moves the pixels of every image to the same new places, all channels of a pixel together."""

    order: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        order = torch.randperm(size * size, generator=torch.Generator().manual_seed(0))
        self.register_buffer("order", order, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, C, H, W) in the memory order in which they came."""
        shuffled = x.flatten(2)[:, :, self.order].view(x.shape)
        last = x.is_contiguous(memory_format=torch.channels_last)
        return shuffled.contiguous(memory_format=torch.channels_last) if last else shuffled


def _arrangement(config: ModelConfig, size: int) -> list[nn.Module]:
    check_choice("order of pixels", config.pixels, Pixels)
    return [ShuffledPixels(size)] if config.pixels == "shuffled" else []


class Dropout(nn.Dropout):
    """PyTorch's dropout; on a CPU 16 random bits decide each value, where PyTorch without MKL's generator draws 64."""

    def forward(self, x: Tensor) -> Tensor:
        """Values of ``x`` kept with probability ``1 - p``, to within 1 / 131,072, and divided by it; the rest 0."""
        kept = round((1 - self.p) * 2**16)
        if x.device.type != "cpu" or not self.training or not 0 < kept < 2**16:
            return super().forward(x)
        bits = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None).view(torch.int16)
        mask = (bits[: x.numel()] < kept - 2**15).to(x.dtype).mul_(2**16 / kept)
        return x * mask.as_strided(x.shape, torch.empty_like(x).stride())  # in the memory order of x


class Mlp(nn.Module):
    """Flatten, then hidden layers of [Linear, BatchNorm, ReLU, Dropout], then Linear; PyTorch's default init."""

    def __init__(self, in_channels: int, config: ModelConfig, num_classes: int = 10, size: int = 32) -> None:
        super().__init__()
        width = in_channels * size * size
        layers: list[nn.Module] = [*_arrangement(config, size), nn.Flatten()]
        for hidden in config.hidden:
            layers.append(nn.Linear(width, hidden))
            if config.batchnorm:
                layers.append(nn.BatchNorm1d(hidden, momentum=config.batchnorm_momentum))
            layers += [nn.ReLU(inplace=True), Dropout(config.hidden_dropout)]
            width = hidden
        layers.append(nn.Linear(width, num_classes))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Scores (N, num_classes) of images x (N, C, H, W)."""
        return self.layers(x)


class Cnn(nn.Module):
    """Blocks of [conv3x3, BN, ReLU] x 2, max-pool, dropout; then a hidden layer and the classifier.

    Two stacked 3x3 kernels per block follow Simonyan & Zisserman (2015), arXiv:1409.1556. Convolutions start from
    He normal weights with fan_out (He et al. 2015, arXiv:1502.01852), or from N(0, 0.01) as a control; linear
    layers from N(0, 0.01) with zero bias.
    """

    def __init__(self, in_channels: int, config: ModelConfig, num_classes: int = 10, size: int = 32) -> None:
        super().__init__()
        self.size = size
        layers = _arrangement(config, size)
        channels = in_channels
        for width, dropout in zip(config.blocks, config.block_dropout, strict=True):
            for _ in range(2):
                layers.append(nn.Conv2d(channels, width, 3, padding=1, bias=not config.batchnorm))
                if config.batchnorm:
                    layers.append(nn.BatchNorm2d(width, momentum=config.batchnorm_momentum))
                layers.append(nn.ReLU(inplace=True))
                channels = width
            layers += [nn.MaxPool2d(2), Dropout(dropout)]
            size //= 2
        self.features, self.grid = nn.Sequential(*layers), size
        head: list[nn.Module] = [nn.Flatten()]
        width = channels * size * size
        for hidden in config.hidden:
            head.append(nn.Linear(width, hidden))
            if config.batchnorm:
                head.append(nn.BatchNorm1d(hidden, momentum=config.batchnorm_momentum))
            head += [nn.ReLU(inplace=True), Dropout(config.hidden_dropout)]
            width = hidden
        head.append(nn.Linear(width, num_classes))
        self.classifier = nn.Sequential(*head)
        self._initialise(config.conv_init)

    def _initialise(self, conv_init: str) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                if conv_init == "he":
                    nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                else:
                    nn.init.normal_(module.weight, std=0.01)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.01)
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Scores (N, num_classes) of images x (N, C, H, W).

        Images down to half the size for which the model was built will do: the last pooling then has windows as
        small, and as much overlapping, as it takes to fill the grid that the classifier expects.
        """
        if x.shape[-1] >= self.size:
            return self.classifier(self.features(x))
        *_, dropout = self.features
        return self.classifier(dropout(_pooled(self.features[:-2](x), self.grid)))


def _pooled(x: Tensor, grid: int) -> Tensor:
    """Adaptive max pooling of (N, C, H, W) to (N, C, grid, grid)."""
    if x.device.type != "cuda":
        return functional.adaptive_max_pool2d(x, grid)
    # On CUDA that has no deterministic backward pass. The same windows, laid side by side, are pooled without overlap.
    size = x.shape[-1]
    windows = [range(i * size // grid, -(-(i + 1) * size // grid)) for i in range(grid)]
    width = max(map(len, windows))
    places = [window[min(k, len(window) - 1)] for window in windows for k in range(width)]
    spread = x[:, :, _rows(tuple(places), x.device)][:, :, :, _rows(tuple(places), x.device)]
    return functional.max_pool2d(spread, width)


@functools.lru_cache
def _rows(places: tuple[int, ...], device: torch.device) -> Tensor:
    """Indices on ``device``, sent there once."""
    return torch.tensor(places, device=device)


def build_model(in_channels: int, config: ModelConfig, *, seed: int, num_classes: int = 10) -> Mlp | Cnn:
    """The model of ``config`` with weights drawn from ``seed``; the caller's random state is left as it was."""
    check_choice("model kind", config.kind, ModelKind)
    kinds: dict[ModelKind, type[Mlp | Cnn]] = {"mlp": Mlp, "cnn": Cnn}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kinds[config.kind](in_channels, config, num_classes)


@dataclass(frozen=True)
class LayerInfo:
    """One row of the architecture table; ``receptive_field`` in input pixels, the whole image after flattening."""

    name: str
    kind: str
    detail: str
    output_shape: tuple[int, ...]
    parameters: int
    receptive_field: int


def leaf_layers(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every layer without sub-layers, in order, with its qualified name."""
    for name, module in model.named_modules():
        if not list(module.children()):
            yield name, module


def describe(model: nn.Module, input_shape: Sequence[int]) -> list[LayerInfo]:
    """Layers of ``model`` for one image of ``input_shape`` (C, H, W), read off a forward pass.

    The receptive field follows r += (k - 1) * j, j *= s (Dumoulin & Visin 2016, arXiv:1603.07285, sec. 5).
    """
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = [
        module.register_forward_hook(
            lambda _m, _i, out, name=name: shapes.__setitem__(name, tuple(out.shape[1:]))  # type: ignore[misc]
        )
        for name, module in leaf_layers(model)
    ]
    was_training = model.training
    model.eval()
    with torch.no_grad():
        model(torch.zeros(1, *input_shape))
    model.train(was_training)
    for hook in hooks:
        hook.remove()
    field, jump, rows = 1, 1, []
    for name, module in leaf_layers(model):
        if isinstance(module, nn.Conv2d | nn.MaxPool2d):
            kernel, stride = _first(module.kernel_size), _first(module.stride)
            field, jump = field + (kernel - 1) * jump, jump * stride
        elif isinstance(module, nn.Flatten):
            field = max(input_shape[1:])
        parameters = sum(p.numel() for p in module.parameters())
        rows.append(LayerInfo(name, type(module).__name__, module.extra_repr(), shapes[name], parameters, field))
    return rows


def _first(value: int | tuple[int, ...]) -> int:
    return value if isinstance(value, int) else value[0]
