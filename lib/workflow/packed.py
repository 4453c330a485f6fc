"""Arrays of finished trainings as streams that say little new from one number to the next.

How much of scores and weights is rounded away is the caller's choice; no decision that scores stand for changes by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from lib.workflow.streams import DamagedError, Packed, bits_of, described, dtype_of, folded, shape_of, unfolded

SMALL = 2**12  # weight arrays of fewer values are not rounded: the filters of a first layer are looked at one by one
_HALF_MANTISSA, _HALF_RANGE = 10, 3e4  # of float16; half of its range, so that no rounding leads out of it


def plain(array: np.ndarray) -> Packed:
    """Any array of an :data:`ALLOWED` type, bit by bit."""
    return Packed({"kind": "plain", **described(array)}, [bits_of(array)])


def _unplain(packed: Packed) -> np.ndarray:
    return packed.streams[0].view(dtype_of(packed)).reshape(shape_of(packed))


# Predicted classes

_CLASSES = 16


def classes(array: np.ndarray) -> Packed:
    """Classes 0-15, uint8 (..., N) of the same N images again and again (by epoch, say).

    An image's class seldom changes, and then often back to one that it had before. So what is kept is whether it
    changes, in single bits, and for every change how many other classes the image had more lately.
    """
    if array.dtype != np.uint8 or array.ndim < 2 or array.size == 0 or array.max() >= _CLASSES:
        return plain(array)
    again = array.reshape(-1, array.shape[-1])
    recent, ranks = _recent(again.shape[1]), np.empty_like(again)
    for position, now in enumerate(again):
        ranks[position] = (recent == now).argmax(axis=0)
        recent = _used(recent, ranks[position])
    changes = np.packbits(ranks > 0, axis=0)  # a byte has eight turns of one image
    return Packed({"kind": "classes", **described(array)}, [changes.reshape(-1), ranks[ranks > 0]])


def _recent(images: int) -> np.ndarray:
    """All classes (16, N), those of lately first: at the start in their own order."""
    return np.tile(np.arange(_CLASSES, dtype=np.uint8)[:, None], (1, images))


def _used(recent: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """``recent`` once each image's class at ``ranks`` (N,) has come to the front."""
    front = np.take_along_axis(recent, ranks[None].astype(np.intp), axis=0)
    return np.where(np.arange(_CLASSES)[:, None] <= ranks, np.concatenate([front, recent[:-1]]), recent)


def _unclasses(packed: Packed) -> np.ndarray:
    shape, (changes, changed) = shape_of(packed), packed.streams
    times = math.prod(shape[:-1])
    ranks = np.unpackbits(changes.reshape(-1, shape[-1]), axis=0, count=times)
    ranks[ranks > 0] = changed
    recent, found = _recent(shape[-1]), np.empty((times, shape[-1]), np.uint8)
    for position in range(times):
        recent = _used(recent, ranks[position])
        found[position] = recent[0]
    return found.reshape(shape)


# Scores


def scores(arrays: Sequence[np.ndarray], bits: int) -> Packed:
    """Scores (N, C) of the same images by one model, one or more arrays, rounded.

    Each image's highest score is taken off all of its scores, which changes neither the class nor the softmax. What is
    left lies below zero and becomes float16 with ``bits`` of its 10 bits of mantissa: precise to 1 in 2^(bits + 1) of
    the distance to the highest score, so finest where classes are close, and a difference never becomes none. An image
    for which a decision (the highest score of any array, or of the mean softmax of all) would be another keeps its
    scores as they are.
    """
    shifted = [(array - array.max(axis=1, keepdims=True)).astype(np.float32) for array in map(np.float64, arrays)]
    codes = [_codes(array, bits) for array in shifted]
    rounded = [_decoded(code, bits) for code in codes]
    kept = np.flatnonzero((_decisions(arrays) != _decisions(rounded)).any(axis=0))
    # Images of one predicted class have scores that are alike: they stand together, without that class's own 0.
    first, *others = codes
    top = first.argmin(axis=1)
    order, rest = np.argsort(top, kind="stable"), np.arange(first.shape[1]) != top[:, None]
    streams = [top.astype("<u2"), first[rest].reshape(len(first), -1)[order].T.reshape(-1)]
    streams += [(other - first)[order].T.reshape(-1) for other in others]  # in wrapping arithmetic
    streams += [kept.astype("<u4"), *(bits_of(np.asarray(array[kept], np.float32)) for array in arrays)]
    about = {"kind": "scores", "bits": bits, "count": len(arrays), **described(shifted[0])}
    return Packed(about, [np.ascontiguousarray(stream) for stream in streams])


def can_round(arrays: Sequence[np.ndarray]) -> bool:
    """Whether :func:`scores` takes these arrays: (N, C) floats, all of one shape, finite and within float16's range."""
    shapes = {array.shape for array in arrays}
    return (
        len(shapes) == 1
        and all(array.ndim == 2 and array.size > 0 and array.dtype.kind == "f" for array in arrays)
        and all(np.isfinite(array).all() and np.ptp(np.float64(array), axis=1).max() < _HALF_RANGE for array in arrays)
    )


def _codes(shifted: np.ndarray, bits: int) -> np.ndarray:
    """Float16's exponent and the highest ``bits`` of its mantissa of values <= 0; only 0 itself becomes code 0."""
    dropped = _HALF_MANTISSA - bits
    half = np.abs(shifted).astype("<f2").view("<u2")
    code = (half + ((1 << dropped) >> 1)) >> dropped  # a carry goes into the exponent, as it should
    code = np.maximum(code, shifted < 0)
    return code.astype(np.uint8 if bits <= 3 else "<u2")


def _decoded(codes: np.ndarray, bits: int) -> np.ndarray:
    half = (codes.astype("<u2") << (_HALF_MANTISSA - bits)).view("<f2")
    return 0 - half.astype(np.float32)


def _decisions(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Classes (D, N): by each array's highest score and, of several, by the highest mean probability."""
    found = [array.argmax(axis=1) for array in arrays]
    if len(arrays) > 1:
        powers = [np.exp(wide - wide.max(axis=1, keepdims=True)) for wide in map(np.float64, arrays)]
        found.append(sum(power / power.sum(axis=1, keepdims=True) for power in powers).argmax(axis=1))
    return np.stack(found)


def _unscores(packed: Packed) -> list[np.ndarray]:
    bits, count, shape = packed.about["bits"], packed.about["count"], shape_of(packed)
    if bits not in range(_HALF_MANTISSA + 1) or len(packed.streams) != 2 * count + 2:
        raise DamagedError(f"scores with {bits!r} bits in {len(packed.streams)} streams")
    top, rest, *others = packed.streams[: count + 1]
    kept, *exact = packed.streams[count + 1 :]
    order = np.argsort(top, kind="stable")
    codes = np.zeros((count, *shape), rest.dtype)
    codes[0, order[:, None], _others(top[order], shape[1])] = rest.reshape(-1, shape[0]).T
    for position, stream in enumerate(others, start=1):
        codes[position, order] = stream.reshape(shape[::-1]).T
        codes[position] += codes[0]
    found = list(_decoded(codes, bits))
    for array, rows in zip(found, exact, strict=True):
        array[kept] = rows.view("<f4").reshape(len(kept), shape[1])
    return found


def _others(top: np.ndarray, columns: int) -> np.ndarray:
    """For each row (N, C - 1) the columns other than its ``top``, ascending."""
    found = np.arange(columns - 1)[None]
    return found + (found >= top[:, None])


# Weights

_WEIGHT_BITS = 16  # more than these round nothing


def weights(array: np.ndarray, bits: int) -> Packed:
    """A weight array, rounded where it is a matrix or a kernel; :data:`SMALL` ones and vectors stay exact.

    Each output's weights become whole multiples of one step, 2^(2 - bits) of their root mean square. So many ``bits``
    per weight are what normally distributed ones then take (log2(4.13 x rms / step), the entropy), and the error is
    0.29 steps. Uniform steps lose 6 dB less than shorter mantissas of the same size would.
    """
    if (
        array.ndim < 2
        or array.size < SMALL
        or array.dtype != np.float32
        or bits > _WEIGHT_BITS
        or not np.isfinite(array).all()
    ):
        return plain(array)
    rows = array.reshape(len(array), -1).astype(np.float64)
    step = (np.sqrt((rows**2).mean(axis=1)) * 2.0 ** (2 - bits)).astype(np.float32)
    safe = np.where(step > 0, step, 1).astype(np.float64)[:, None]
    multiples = np.rint(rows / safe)
    if np.abs(multiples).max(initial=0) >= 2**31:
        return plain(array)
    width = "<u1" if np.abs(multiples).max(initial=0) < 2**7 else "<u4"
    codes = folded(multiples.astype("<i8")).astype(width)
    about = {"kind": "weights", "bits": bits, **described(array)}
    return Packed(about, [codes.reshape(-1), bits_of(step)])


def _unweights(packed: Packed) -> np.ndarray:
    multiples, step = packed.streams
    rows = unfolded(multiples.astype("<u8")).reshape(len(step), -1)
    return (rows * step.view("<f4").astype(np.float64)[:, None]).astype(np.float32).reshape(shape_of(packed))


_UNPACK = {"plain": _unplain, "classes": _unclasses, "weights": _unweights}


def pack(arrays: Mapping[str, np.ndarray], *, score_bits: int, weight_bits: int | None = None) -> list[Packed]:
    """Parts for all of ``arrays``: weights if there are ``weight_bits``, else scores, predicted classes and the rest.

    Of a mantissa of 11 bits or more nothing is rounded away.
    """
    scored = [name for name in arrays if name.endswith("scores")]
    if weight_bits is not None or score_bits > _HALF_MANTISSA or not can_round([arrays[name] for name in scored]):
        scored = []
    parts = [Packed({"kind": "names", "names": list(arrays)})]
    if scored:
        parts.append(scores([arrays[name] for name in scored], score_bits))
        parts[-1].about["names"] = scored
    for name, array in arrays.items():
        if name not in scored:
            part = classes(array) if weight_bits is None else weights(array, weight_bits)
            part.about["name"] = name
            parts.append(part)
    return parts


def unpack(parts: Sequence[Packed], others: Mapping[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """Arrays by name, with ``others`` that were kept elsewhere; each image's highest score comes out as 0.

    Raises :exc:`DamagedError` where the parts do not fit together.
    """
    found = dict(others or {})
    try:
        names, *stored = parts
        for part in stored:
            if part.about["kind"] == "scores":
                found.update(zip(part.about["names"], _unscores(part), strict=True))
            else:
                found[str(part.about["name"])] = _UNPACK[part.about["kind"]](part)
        return {name: found[name] for name in names.about["names"]}
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DamagedError(f"not packed arrays ({' '.join(str(error).split())})") from error
