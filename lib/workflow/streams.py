"""Streams of numbers in few bytes, for bundles (:mod:`lib.workflow.bundles`).

Each stream is cut into its byte planes, and each plane is compressed by LZMA on its own. Nothing but NumPy and the
standard library is needed, and nothing is ever unpickled.
"""

from __future__ import annotations

import json
import lzma
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

ALLOWED = {"float16", "float32", "float64", "uint8", "bool"} | {f"int{bits}" for bits in (8, 16, 32, 64)}
MOST_BYTES = 2**31  # of one array: more than any training has, less than what a forged header could ask for
_CONTEXTS = (0, 4)  # LZMA's lc: how many bits of the byte before the next one's odds depend on; the better one is kept


class DamagedError(ValueError):
    """Packed bytes that cannot be what :func:`pack` made; the text says in a few words why."""


@dataclass
class Packed:
    """What one array or table becomes: a description for JSON, and streams of unsigned numbers, 1-D."""

    about: dict[str, Any]
    streams: list[np.ndarray] = field(default_factory=list)


def join(parts: Sequence[Packed]) -> bytes:
    """The bytes of a member: the length of a JSON header (4 bytes), the header, the compressed byte planes."""
    header, body = [], []
    for part in parts:
        planes = []
        for stream in part.streams:
            for plane in stream.view(np.uint8).reshape(-1, stream.dtype.itemsize).T:
                context, content = _compressed(plane.tobytes())
                planes.append([len(content), context])
                body.append(content)
        shapes = [[stream.dtype.itemsize, len(stream)] for stream in part.streams]
        header.append({"about": part.about, "streams": shapes, "planes": planes})
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *body])


def split(content: bytes) -> list[Packed]:
    """The parts of what :func:`join` made.

    Raises :exc:`DamagedError` for anything else.
    """
    try:
        start = 4 + int.from_bytes(content[:4], "little")
        parts = []
        for entry in json.loads(content[4:start]):
            planes, streams = iter(entry["planes"]), []
            for width, count in entry["streams"]:
                if width not in (1, 2, 4, 8) or not 0 <= count * width <= MOST_BYTES:
                    raise DamagedError(f"a stream of {count} x {width} bytes")
                found = np.empty((count, width), np.uint8)
                for column in range(width):
                    size, context = next(planes)
                    found[:, column] = _expanded(content[start : start + size], count, context)
                    start += size
                streams.append(found.reshape(-1).view(f"<u{width}"))
            parts.append(Packed(entry["about"], streams))
    except (ValueError, KeyError, TypeError, StopIteration, lzma.LZMAError, OverflowError) as error:
        raise DamagedError(f"not packed arrays ({' '.join(str(error).split()) or type(error).__name__})") from error
    if start != len(content):
        raise DamagedError(f"{len(content) - start} bytes too many")
    return parts


def _filters(context: int) -> list[dict[str, Any]]:
    return [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": context, "lp": 0, "pb": 0, "dict_size": 2**22}]


def _compressed(plain: bytes) -> tuple[int, bytes]:
    found = ((lc, lzma.compress(plain, format=lzma.FORMAT_RAW, filters=_filters(lc))) for lc in _CONTEXTS)
    return min(found, key=lambda pair: len(pair[1]))


def _expanded(content: bytes, size: int, context: int) -> np.ndarray:
    if context not in _CONTEXTS:
        raise DamagedError(f"an unknown context {context!r}")
    decoder = lzma.LZMADecompressor(format=lzma.FORMAT_RAW, filters=_filters(context))
    plain = decoder.decompress(content, max_length=size + 1)  # never more than was announced
    if len(plain) != size:
        raise DamagedError(f"{len(plain)} bytes in place of {size}")
    return np.frombuffer(plain, np.uint8)


def described(array: np.ndarray) -> dict[str, Any]:
    """Type and shape of an array, which must be of an :data:`ALLOWED` type."""
    if array.dtype.name not in ALLOWED:
        raise ValueError(f"an array of {array.dtype} cannot be packed; allowed: {', '.join(sorted(ALLOWED))}")
    return {"dtype": array.dtype.name, "shape": list(array.shape)}


def bits_of(array: np.ndarray) -> np.ndarray:
    """The bits of an array's values as unsigned numbers, 1-D."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(-1)
    return little.view(f"<u{array.dtype.itemsize}")


def dtype_of(packed: Packed) -> np.dtype:
    """The type that was :func:`described`."""
    name = packed.about["dtype"]
    if name not in ALLOWED:
        raise DamagedError(f"an array of {name!r}")
    return np.dtype(name)


def shape_of(packed: Packed) -> tuple[int, ...]:
    """The shape that was :func:`described`."""
    shape = tuple(int(size) for size in packed.about["shape"])
    if any(size < 0 for size in shape) or math.prod(shape) * 8 > MOST_BYTES:
        raise DamagedError(f"an array of shape {shape}")
    return shape


def folded(signed: np.ndarray) -> np.ndarray:
    """0, -1, 1, -2, ... as 0, 1, 2, 3, ...: small numbers of either sign have small codes."""
    return ((signed << 1) ^ (signed >> (8 * signed.dtype.itemsize - 1))).view(f"<u{signed.dtype.itemsize}")


def unfolded(codes: np.ndarray) -> np.ndarray:
    """The signed numbers that were :func:`folded`."""
    width = codes.dtype.itemsize
    return (codes >> 1).view(f"<i{width}") ^ -((codes & 1).view(f"<i{width}"))
