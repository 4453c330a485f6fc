"""CIFAR-10 as a few small files of equal size, for a machine to which little can be sent at once.

``python -m benchmarks.gpu.pieces DATA.npz FOLDER`` writes them. Each split's images are ordered from smooth to rough,
which is worth 1 %, laid out in mosaics of 1024 by 1024 pixels and kept as lossless JPEG XL, beside labels and
digests, in one container that is cut into equal byte ranges. A data set's identity is the digest of its sorted
records, so the order needs no keeping. Joining needs NumPy and pylibjxl alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pylibjxl

from lib.data.dataset import Dataset, load_dataset
from lib.data.digest import image_order, ordered_digest

SHAPE = (3, 32, 32)
ACROSS = 32  # images beside and below each other in a mosaic
EFFORT = (
    9  # JPEG XL's own scale; 7 takes a third of the time and is 0.5 % larger, 10 takes four times as long for no gain
)
FORMAT = "cifar10-piece-1"
_HEADER = 512  # bytes of JSON, filled up with spaces, before each piece's share of the container
_LENGTH = 8  # bytes of the number, little-endian, that says how long the container's own header is
_SPLITS = ("train", "test")
_PER = ACROSS * ACROSS  # images in a mosaic


def split(
    dataset: Dataset,
    folder: Path | str,
    count: int = 2,
    effort: int = EFFORT,
    expected: Mapping[str, str] | None = None,
    workers: int | None = None,
) -> list[Path]:
    """Write ``dataset`` as ``count`` pieces ``NAME.0.piece``, ``NAME.1.piece``, ... and return their paths.

    Equal data gives equal bytes. Pieces of the same name that were in ``folder`` go.

    Parameters
    ----------
    dataset : (N, 3, 32, 32) images, each split sorted by :func:`lib.data.digest.image_order`
    effort : of the JPEG XL encoder, 1 to 10
    expected : digest of each split's content, ``train`` and ``test``; left out, that in ``lib/data/sources.yaml``
    workers : threads; left out, as many as there are cores

    Raises ``ValueError``, one line, if the content is another one or not sorted, or the images have another shape.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    if expected is None:
        from lib.data.sources import load_sources  # needs YAML, which the machine that joins may lack

        expected = load_sources()[dataset.name].content
    images, labels = _arrays(dataset)
    for part in _SPLITS:
        _check_content(part, images[part], labels[part], expected[part])
    whole = _pack(dataset, expected, effort, workers)
    share = -(-len(whole) // count)
    whole = whole.ljust(share * count, b"\0")
    identity = hashlib.sha256(whole).hexdigest()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{dataset.name}.*.piece"):
        old.unlink()
    paths = []
    for index in range(count):
        payload = whole[index * share : (index + 1) * share]
        path = folder / _name(dataset.name, index)
        path.write_bytes(_piece_header(dataset.name, index, count, identity, payload) + payload)
        paths.append(path)
    return paths


def join(pieces: Path | str | Iterable[Path | str], workers: int | None = None) -> Dataset:
    """The data set whose pieces are in the folder ``pieces``, or are the files ``pieces``: the very arrays split.

    ``workers`` threads decode, as many as there are cores unless given. Raises ``ValueError``, one line, that names
    a piece that is missing, damaged, there twice or of another data set, or says which content differs.
    """
    if isinstance(pieces, str | Path):
        paths = sorted(Path(pieces).glob("*.piece"))
        if not paths:
            raise ValueError(f"{pieces}: no pieces in it")
    else:
        paths = [Path(path) for path in pieces]
        if not paths:
            raise ValueError("no pieces given")
    return _unpack(_whole(paths), workers)


def _name(name: str, index: int) -> str:
    return f"{name}.{index}.piece"


def _piece_header(name: str, index: int, count: int, whole: str, payload: bytes) -> bytes:
    """The header of a piece; its digest also covers the other fields."""
    fields = {"format": FORMAT, "name": name, "index": index, "count": count, "whole": whole}
    digest = hashlib.sha256(json.dumps(fields).encode() + payload).hexdigest()
    return json.dumps(fields | {"size": len(payload), "sha256": digest}).encode().ljust(_HEADER - 1) + b"\n"


def _read_piece(path: Path) -> tuple[dict[str, Any], bytes]:
    """Header and share of the container, checked."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{path}: missing") from None
    payload = content[_HEADER:]
    try:
        fields = json.loads(content[:_HEADER])
        header = _piece_header(fields["name"], fields["index"], fields["count"], fields["whole"], payload)
        if header != content[:_HEADER]:
            raise ValueError("another digest")
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path}: damaged, or not a piece that this version can read; send it again") from None
    return fields, payload


def _whole(paths: list[Path]) -> bytes:
    """The container, from its pieces in any order."""
    found: dict[int, bytes] = {}
    name, whole, count = "", "", 0
    for path in paths:
        fields, payload = _read_piece(path)
        if not found:
            name, whole, count = fields["name"], fields["whole"], fields["count"]
        elif (fields["name"], fields["whole"], fields["count"]) != (name, whole, count):
            raise ValueError(f"{path}: belongs to another data set than {paths[0]}")
        if fields["index"] in found:
            raise ValueError(f"{path}: piece {fields['index']} of {count} is there twice")
        found[fields["index"]] = payload
    missing = [_name(name, index) for index in range(count) if index not in found]
    if missing:
        raise ValueError(f"{', '.join(missing)}: missing, of {count} pieces")
    return b"".join(found[index] for index in range(count))


def _pack(dataset: Dataset, content: Mapping[str, str], effort: int, workers: int | None) -> bytes:
    """The container: the length of its header, the header, each split's labels and then its mosaics."""
    images, labels = _arrays(dataset)
    mosaics, marks = [], []
    for part in _SPLITS:
        order = np.argsort(_roughness(images[part]), kind="stable")
        marks.append(labels[part][order].astype(np.uint8).tobytes())
        mosaics += [_mosaic(images[part][order[start : start + _PER]]) for start in range(0, len(order), _PER)]
    workers = workers or _cores()
    with (
        pylibjxl.JXL(effort=effort, lossless=True, threads=1, pool_size=workers) as codec,
        ThreadPoolExecutor(workers) as pool,
    ):
        streams = list(pool.map(codec.encode, mosaics))
    header = {
        "name": dataset.name,
        "class_names": dataset.class_names,
        "source": dataset.source,
        "is_sample": dataset.is_sample,
        "counts": {part: len(labels[part]) for part in _SPLITS},
        "content": {part: content[part] for part in _SPLITS},
        "digest": dataset.digest(),
        "streams": [len(stream) for stream in streams],
    }
    text = json.dumps(header).encode()
    return b"".join([len(text).to_bytes(_LENGTH, "little"), text, *marks, *streams])


def _unpack(whole: bytes, workers: int | None) -> Dataset:
    """What :func:`_pack` packed."""
    view = memoryview(whole)
    start = _LENGTH + int.from_bytes(view[:_LENGTH], "little")
    header = json.loads(bytes(view[_LENGTH:start]))

    labels, images, jobs = {}, {}, []
    for part in _SPLITS:
        n = header["counts"][part]
        labels[part] = np.frombuffer(view[start : start + n], dtype=np.uint8)
        images[part] = np.empty((n, *SHAPE), dtype=np.uint8)
        start += n
        jobs += [images[part][first : first + _PER] for first in range(0, n, _PER)]

    ends = start + np.cumsum(header["streams"])
    streams = [view[end - size : end] for end, size in zip(ends.tolist(), header["streams"], strict=True)]
    workers = workers or _cores()
    with (
        pylibjxl.JXL(threads=1, pool_size=workers) as codec,
        ThreadPoolExecutor(workers) as pool,
    ):

        def decode(stream: memoryview, target: np.ndarray) -> None:
            target[:] = _images(codec.decode(bytes(stream)))[: len(target)]

        try:
            list(pool.map(decode, streams, jobs))
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"{header['name']}: a mosaic cannot be decoded: {error}") from error

    for part in _SPLITS:
        order = image_order(images[part], labels[part])
        images[part], labels[part] = images[part][order], labels[part][order].astype(np.int64)
        _check_content(part, images[part], labels[part], header["content"][part])
    dataset = Dataset(
        name=header["name"],
        x_train=images["train"],
        y_train=labels["train"],
        x_test=images["test"],
        y_test=labels["test"],
        class_names=tuple(header["class_names"]),
        source=header["source"],
        is_sample=header["is_sample"],
    )
    if dataset.digest() != header["digest"]:
        raise ValueError(f"{header['name']}: joined digest is {dataset.digest()}, expected {header['digest']}")
    return dataset


def _arrays(dataset: Dataset) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Images and labels of each split."""
    images = {"train": dataset.x_train, "test": dataset.x_test}
    for part, array in images.items():
        if array.shape[1:] != SHAPE:
            raise ValueError(f"{dataset.name}: the {part} images must be (N, 3, 32, 32), not {array.shape}")
    return images, {"train": dataset.y_train, "test": dataset.y_test}


def _check_content(part: str, images: np.ndarray, labels: np.ndarray, expected: str) -> None:
    found = ordered_digest(images, labels)
    if found != expected:
        raise ValueError(f"content digest of the {part} images is {found}, expected {expected}")


def _roughness(images: np.ndarray) -> np.ndarray:
    """How badly each image's pixels follow from their neighbours, so about what it takes: (N,) integers.

    The sum of the logarithms of what the median edge detector (JPEG-LS) leaves, in integers that are the same
    everywhere. ``images`` is (N, 3, 32, 32) uint8.
    """
    logarithm = np.round(100 * np.log1p(np.arange(256))).astype(np.int64)
    sums = []
    for start in range(0, len(images), _PER):
        pixels = images[start : start + _PER].astype(np.int16)
        left, above, corner = pixels[..., 1:, :-1], pixels[..., :-1, 1:], pixels[..., :-1, :-1]
        guess = np.clip(left + above - corner, np.minimum(left, above), np.maximum(left, above))
        sums.append(logarithm[np.abs(pixels[..., 1:, 1:] - guess)].sum((1, 2, 3)))
    return np.concatenate(sums) if sums else np.zeros(0, dtype=np.int64)


def _mosaic(images: np.ndarray) -> np.ndarray:
    """(N, 3, 32, 32) images row by row as (H, 1024, 3), black where the last row is not full."""
    rows = -(-len(images) // ACROSS)
    full = np.zeros((rows * ACROSS, *SHAPE), dtype=np.uint8)
    full[: len(images)] = images
    tiles = full.reshape(rows, ACROSS, *SHAPE).transpose(0, 3, 1, 4, 2)
    return np.ascontiguousarray(tiles).reshape(rows * SHAPE[1], ACROSS * SHAPE[2], SHAPE[0])


def _images(mosaic: np.ndarray) -> np.ndarray:
    """What :func:`_mosaic` laid out, with the black ones at the end."""
    tiles = mosaic.reshape(-1, SHAPE[1], ACROSS, SHAPE[2], SHAPE[0])
    return tiles.transpose(0, 2, 4, 1, 3).reshape(-1, *SHAPE)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    parser = argparse.ArgumentParser(description="CIFAR-10 as a few files of equal size")
    parser.add_argument("data", type=Path, help="prepared data set, .npz")
    parser.add_argument("folder", type=Path, help="where the pieces go")
    parser.add_argument("--count", type=int, default=2)
    parser.add_argument("--effort", type=int, default=EFFORT, help="of the JPEG XL encoder, 1 to 10")
    arguments = parser.parse_args()
    try:
        paths = split(load_dataset(arguments.data), arguments.folder, arguments.count, arguments.effort)
    except (ValueError, OSError) as error:
        parser.exit(1, f"{error}\n")
    for path in paths:
        print(f"{path}: {path.stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
