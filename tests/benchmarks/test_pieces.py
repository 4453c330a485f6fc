"""CIFAR-10 in pieces: the very arrays come back, and a piece that is not right is named."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu.pieces import join, split
from lib.data.dataset import Dataset
from lib.data.digest import image_order, ordered_digest

COUNT = 3


def _images(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of random colour and slope with some noise, two of them alike, sorted as prepared data are."""
    rng = np.random.default_rng(seed)
    base, down, right = rng.uniform(0, 200, (n, 3, 1, 1)), rng.uniform(-3, 3, (n, 1, 1, 1)), rng.uniform(-3, 3, n)
    steps = np.arange(32)
    smooth = base + down * steps[:, None] + right[:, None, None, None] * steps + rng.normal(0, 4, (n, 3, 32, 32))
    images, labels = np.clip(smooth, 0, 255).astype(np.uint8), rng.integers(0, 10, n)
    images[1], labels[0], labels[1] = images[0], 7, 2
    order = image_order(images, labels)
    return images[order], labels[order].astype(np.int64)


def _content(dataset: Dataset) -> dict[str, str]:
    return {
        "train": ordered_digest(dataset.x_train, dataset.y_train),
        "test": ordered_digest(dataset.x_test, dataset.y_test),
    }


def _split(dataset: Dataset, folder: Path, count: int = COUNT) -> list[Path]:
    return split(dataset, folder, count, effort=1, expected=_content(dataset), workers=2)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    x_train, y_train = _images(1100, 1)  # a mosaic and a part of one
    x_test, y_test = _images(300, 2)
    names = tuple("abcdefghij")
    return Dataset("cifar10", x_train, y_train, x_test, y_test, names, "CIFAR-10", is_sample=False)


@pytest.fixture
def pieces(dataset, tmp_path) -> list[Path]:
    return _split(dataset, tmp_path / "pieces")


def _one_line(raised: pytest.ExceptionInfo[ValueError]) -> str:
    text = str(raised.value)
    assert "\n" not in text
    return text


def test_the_very_arrays_come_back(dataset, pieces):
    assert [path.name for path in pieces] == [f"cifar10.{i}.piece" for i in range(COUNT)]
    assert len({path.stat().st_size for path in pieces}) == 1
    for joined in (join(pieces[0].parent), join(reversed(pieces), workers=1)):
        for key in ("x_train", "y_train", "x_test", "y_test"):
            array, original = getattr(joined, key), getattr(dataset, key)
            assert array.dtype == original.dtype and array.shape == original.shape
            assert array.tobytes() == original.tobytes()
        assert (joined.class_names, joined.source, joined.is_sample) == (dataset.class_names, dataset.source, False)
        assert joined.digest() == dataset.digest()


def test_equal_data_gives_equal_bytes(dataset, pieces, tmp_path):
    again = split(dataset, tmp_path / "again", COUNT, effort=1, expected=_content(dataset), workers=1)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in pieces]


def test_pieces_of_an_earlier_run_go(dataset, pieces):
    assert _split(dataset, pieces[0].parent, 1) == [pieces[0]]
    assert list(pieces[0].parent.iterdir()) == [pieces[0]]
    assert join(pieces[0].parent).digest() == dataset.digest()


def test_a_missing_piece_is_named(pieces, tmp_path):
    pieces[1].unlink()
    with pytest.raises(ValueError, match=r"^cifar10\.1\.piece: missing") as raised:
        join(pieces[0].parent)
    _one_line(raised)
    with pytest.raises(ValueError, match=r"cifar10\.1\.piece: missing"):
        join(pieces)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no pieces"):
        join(tmp_path / "empty")


@pytest.mark.parametrize("where", [3, 60, 600, -1])
def test_a_damaged_piece_is_named(pieces, where):
    content = bytearray(pieces[2].read_bytes())
    content[where] ^= 1
    pieces[2].write_bytes(content)
    with pytest.raises(ValueError, match=r"cifar10\.2\.piece: damaged") as raised:
        join(pieces[0].parent)
    _one_line(raised)


@pytest.mark.parametrize("length", [0, 100, 5000])
def test_a_piece_cut_short_is_named(pieces, length):
    pieces[0].write_bytes(pieces[0].read_bytes()[:length])
    with pytest.raises(ValueError, match=r"cifar10\.0\.piece: damaged"):
        join(pieces[0].parent)


def test_a_piece_twice_and_one_of_other_data_are_named(dataset, pieces, tmp_path):
    with pytest.raises(ValueError, match=r"cifar10\.0\.piece: .* twice"):
        join([*pieces, pieces[0]])
    other = _split(dataclasses.replace(dataset, source="other"), tmp_path / "other")
    with pytest.raises(ValueError, match=r"other/cifar10\.1\.piece: belongs to another"):
        join([pieces[0], other[1], pieces[2]])


def test_other_content_is_refused_before_it_is_split(dataset, tmp_path):
    with pytest.raises(ValueError, match="train images") as raised:
        split(dataset, tmp_path, effort=1)  # it isn't the real CIFAR-10
    _one_line(raised)
    backwards = dataclasses.replace(dataset, x_test=dataset.x_test[::-1], y_test=dataset.y_test[::-1])
    with pytest.raises(ValueError, match="test images"):
        split(backwards, tmp_path, effort=1, expected=_content(dataset))
    gray = dataclasses.replace(dataset, x_test=dataset.x_test[:, :1])
    with pytest.raises(ValueError, match=r"\(N, 3, 32, 32\)"):
        split(gray, tmp_path, effort=1, expected=_content(dataset))
    assert list(tmp_path.iterdir()) == []


def test_other_content_is_refused_when_it_is_joined(dataset, tmp_path, monkeypatch):
    """Pieces that are whole, but hold other images than the digest in them says."""
    monkeypatch.setattr("benchmarks.gpu.pieces._check_content", lambda *_: None)
    wrong = _content(dataset) | {"test": "0" * 64}
    pieces = split(dataset, tmp_path, 2, effort=1, expected=wrong)
    monkeypatch.undo()
    with pytest.raises(ValueError, match=f"test images is .*, expected {'0' * 64}") as raised:
        join(pieces)
    _one_line(raised)


def test_joining_needs_numpy_and_the_decoder_alone(pieces):
    """On the machine that joins there is nothing else."""
    code = (
        "import sys\n"
        "for name in ('yaml', 'pydantic', 'httpx', 'pandas', 'PIL', 'scipy', 'annotated_types', 'filelock'):\n"
        "    sys.modules[name] = None\n"
        "from benchmarks.gpu.pieces import join\n"
        "print(len(join(sys.argv[1]).x_train))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(pieces[0].parent)]
    assert subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout == "1100\n"
