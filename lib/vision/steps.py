"""One training step: run anew each time, or on CUDA recorded once as a graph and replayed, with the same bits."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from lib.vision.augment import Draws, cut, shrink, warp
from lib.vision.compute import Compute
from lib.vision.config import Recipe
from lib.vision.normalisation import Normalisation
from lib.vision.optimizers import Stepper

WARM_UP = 3  # runs before a recording, in which libraries choose their kernels and allocate what they need
TOGETHER = 8  # steps in one recording: starting it costs as much as some kernels


@dataclass(frozen=True)
class Batch:
    """What one step takes: cropped images (n, C, H, W), channels last in memory, uint8 or normalised float32, their
    labels (n,), the draws for what is done to them after normalisation, and the rates of
    :meth:`lib.vision.optimizers.Stepper.rates`.

    With a leading dimension S everywhere it is a whole epoch."""

    images: Tensor
    labels: Tensor
    draws: Draws
    rates: Sequence[float] | Tensor

    def tensors(self) -> list[Tensor]:
        """All that a step reads, where it is a tensor."""
        rates = [self.rates] if isinstance(self.rates, Tensor) else []
        return [self.images, self.labels, *self.draws.changes(), *rates]

    def copy(self) -> Batch:
        """The same values in tensors of their own."""
        return self._each(torch.clone, self.images.clone())

    def __getitem__(self, step: int) -> Batch:
        """One batch of an epoch."""
        return self._each(lambda value: value[step], self.images[step])

    def at(self, positions: Tensor, change: Callable[[Tensor], Tensor]) -> list[Batch]:
        """Those batches of an epoch that ``positions`` (K,) say when they are read, their images changed together."""

        def there(value: Tensor) -> Tensor:
            return value.index_select(0, positions)

        images = there(self.images.permute(0, 1, 3, 4, 2)).permute(0, 1, 4, 2, 3)  # whole images lie together
        some = self._each(there, change(images))
        return [some[i] for i in range(len(positions))]

    def _each(self, change: Callable[[Tensor], Tensor], images: Tensor) -> Batch:
        rates = change(self.rates) if isinstance(self.rates, Tensor) else self.rates
        return Batch(images, change(self.labels), self.draws.each(change), rates)


class Feed(Protocol):
    """Where a step gets the batches of an epoch (0-based) from."""

    def batches(self, epoch: int, rates: Sequence[Sequence[float]]) -> Iterable[Batch]: ...

    def whole(self, epoch: int, rates: Sequence[Sequence[float]]) -> Batch: ...

    def prepare(self, epoch: int) -> None: ...

    def dropout_seed(self, epoch: int) -> int: ...


class Step:
    """Forward pass, backward pass and update of one batch; adds up the loss and the hits until they are asked for.

    The loss that is added up is the plain cross-entropy, without label smoothing.
    """

    def __init__(
        self, model: nn.Module, stepper: Stepper, normalisation: Normalisation, recipe: Recipe, compute: Compute
    ) -> None:
        self.model, self.stepper, self.normalisation = model, stepper, normalisation
        self.recipe, self.compute = recipe, compute
        self.loss = torch.zeros((), device=compute.device, dtype=compute.sums)
        self.correct = torch.zeros((), device=compute.device, dtype=torch.int64)

    def run(self, batches: Sequence[Batch], side: int | None) -> None:
        """A step on each batch, in turn, with images made ``side`` pixels wide (None: as they are)."""
        losses, scores = zip(*(self._step(batch, side) for batch in batches), strict=True)
        labels = [batch.labels for batch in batches]
        with torch.no_grad():
            # Sums of float32 losses are exact in float64, so their order does not matter.
            self.loss += torch.stack(losses).to(self.loss.dtype).sum() * len(labels[0])
            self.correct += (torch.stack(scores).argmax(-1) == torch.stack(labels)).sum()

    def _step(self, batch: Batch, side: int | None) -> tuple[Tensor, Tensor]:
        """One update; the loss, without label smoothing, and the scores."""
        x = batch.images if batch.images.is_floating_point() else self._normalised(batch.images)
        x = shrink(cut(warp(x, batch.draws), batch.draws, self.recipe.augmentation.cutout), side)
        y, smoothing = batch.labels, self.recipe.label_smoothing
        with self.compute.autocast():
            scores = self._forward(x)
        scores = scores.float()
        loss = functional.cross_entropy(scores, y, label_smoothing=smoothing)
        loss.backward()
        self._update(batch.rates)
        with torch.no_grad():
            plain = functional.cross_entropy(scores, y) if smoothing else loss
        return plain.detach(), scores.detach()

    def _normalised(self, images: Tensor) -> Tensor:
        return self.normalisation.apply(images, self.compute.device)

    def _forward(self, x: Tensor) -> Tensor:
        return self.model(x)

    def _update(self, rates: Sequence[float] | Tensor) -> None:
        self.stepper.step(rates)

    def epoch(self, feed: Feed, epoch: int, rates: Sequence[Sequence[float]], side: int | None) -> Iterator[int]:
        """All steps of an epoch; says after each how many are done."""
        torch.manual_seed(feed.dropout_seed(epoch))  # dropout draws from PyTorch's own state
        for done, batch in enumerate(feed.batches(epoch, rates), 1):
            self.run([batch], side)
            yield done

    def totals(self) -> tuple[float, int]:
        """Sum of the losses (nats) and number of hits since the last call."""
        totals = float(self.loss), int(self.correct)
        self.loss.zero_()
        self.correct.zero_()
        return totals

    def state(self) -> list[Tensor]:
        """Every tensor that a step changes."""
        return [*self.model.state_dict().values(), *self.stepper.state(), self.loss, self.correct]


class Graph(Protocol):
    """Records what a function does to tensors, and does it again."""

    def warm_up(self, run: Callable[[], None]) -> None: ...

    def record(self, run: Callable[[], None]) -> None: ...

    def replay(self) -> None: ...


class CudaGraph:
    """A CUDA graph (docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs)."""

    def __init__(self) -> None:
        self.graph = torch.cuda.CUDAGraph()
        self.replay = self.graph.replay

    def warm_up(self, run: Callable[[], None]) -> None:
        """Run on a stream beside the main one, as recording will."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                run()
        torch.cuda.current_stream().wait_stream(stream)

    def record(self, run: Callable[[], None]) -> None:
        """Record without running."""
        with torch.cuda.graph(self.graph):
            run()


@contextlib.contextmanager
def counted_together(model: nn.Module, steps: int) -> Iterator[None]:
    """Let batch norm, which notes how many batches it has seen, note so many at once at the end."""
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    counters = [norm.num_batches_tracked for norm in norms if norm.num_batches_tracked is not None]
    for norm in norms:
        norm.num_batches_tracked = None
    try:
        yield
    finally:
        for norm, counter in zip(norms, counters, strict=True):
            norm.num_batches_tracked = counter
    if counters:
        torch._foreach_add_(counters, steps)


class RecordedStep(Step):
    """Steps that are recorded on tensors of their own, once for each kind of epoch, and replayed after that.

    What can be done together is, in fewer kernels with the same bits: images of several steps are normalised, the
    weights that autocast would cast one by one are cast, their gradients cast back, batch norm's steps counted.
    """

    graphs: Callable[[], Graph] = CudaGraph

    def __init__(self, *own: object) -> None:
        super().__init__(*own)  # type: ignore[arg-type]
        self.cast: dict[str, Tensor] = {}
        if self.compute.dtype != torch.float32:
            for name, module in self.model.named_modules():
                if isinstance(module, nn.Linear | nn.Conv2d):
                    for own_name, weight in module.named_parameters():
                        self.cast[f"{name}.{own_name}"] = weight.detach().to(self.compute.dtype).requires_grad_()
        self.weights: list[Tensor] = [self.model.get_parameter(name) for name in self.cast]
        self.position = torch.zeros(1, dtype=torch.int64, device=self.compute.device)
        self._ahead = torch.arange(TOGETHER, device=self.compute.device)
        self._recordings: dict[tuple[int | None, int], tuple[Batch, dict[int, Graph]]] = {}

    def epoch(self, feed: Feed, epoch: int, rates: Sequence[Sequence[float]], side: int | None) -> Iterator[int]:
        whole = feed.whole(epoch, rates)
        kind = side, len(whole.tensors())
        if kind not in self._recordings:
            self._recordings[kind] = self._record(whole.copy(), side)
        static, graphs = self._recordings[kind]
        torch._foreach_copy_(static.tensors(), whole.tensors())
        self.position.zero_()
        torch.manual_seed(feed.dropout_seed(epoch))
        done = 0
        while done < len(rates):
            together = min(TOGETHER, len(rates) - done)
            graphs[together].replay()
            done += together
            yield done
        feed.prepare(epoch + 1)  # while the GPU is at work

    def _forward(self, x: Tensor) -> Tensor:
        if not self.cast:
            return super()._forward(x)
        with torch.no_grad():
            torch._foreach_copy_(list(self.cast.values()), self.weights)
        return functional_call(self.model, self.cast, x)

    def _update(self, rates: Sequence[float] | Tensor) -> None:
        if self.cast:
            gradients = [torch.empty_like(weight) for weight in self.weights]
            torch._foreach_copy_(gradients, [narrow.grad for narrow in self.cast.values() if narrow.grad is not None])
            for weight, narrow, gradient in zip(self.weights, self.cast.values(), gradients, strict=True):
                weight.grad, narrow.grad = gradient, None
        super()._update(rates)

    def _record(self, static: Batch, side: int | None) -> tuple[Batch, dict[int, Graph]]:
        """Recordings of :data:`TOGETHER` steps and of those that remain, by their number; no state keeps a trace."""
        n = len(static.labels)
        counts = {min(TOGETHER, n), n % TOGETHER} - {0}
        graphs = {count: self.graphs() for count in counts}
        before = [value.clone() for value in self.state()]
        devices = [self.compute.device] if self.compute.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            graphs[max(counts)].warm_up(functools.partial(self._first, static, side))
        for value, saved in zip(self.state(), before, strict=True):
            value.copy_(saved)
        for count, graph in graphs.items():
            graph.record(functools.partial(self._next, static, side, count))
        return static, graphs

    def _next(self, static: Batch, side: int | None, count: int) -> None:
        """The next ``count`` steps of the epoch."""
        with counted_together(self.model, count):
            self.run(static.at(self.position + self._ahead[:count], self._normalised), side)
        self.position += count

    def _first(self, static: Batch, side: int | None) -> None:
        """The first step of the epoch."""
        self.position.zero_()
        self._next(static, side, 1)
