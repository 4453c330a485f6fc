"""Reading the containers: the same arrays from each, and one clear line for whatever is wrong with one."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import io
import lzma
import os
import pickle
import struct
import tarfile
import warnings

import numpy as np
import pytest
from PIL import Image

from lib.data.archive import tar_files
from lib.data.cifar10 import read_cifar10
from lib.data.digest import content_digest, image_order
from lib.data.mnist import read_idx, read_mnist
from lib.data.prepare import prepare_cifar10, prepare_mnist
from lib.data.sources import SourceFile, load_sources
from lib.data.unpickle import read_batch


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def one_line(failure: pytest.ExceptionInfo[ValueError], *parts: str) -> None:
    text = str(failure.value)
    assert "\n" not in text
    for part in parts:
        assert part in text


@pytest.fixture
def read(tmp_path, archives):
    """Read a small archive made of these files, or of these bytes."""

    def run(files: list[tuple[str, bytes]] | bytes):
        path = tmp_path / "cifar.archive"
        path.write_bytes(files if isinstance(files, bytes) else archives.tar_gz(files))
        return read_cifar10(path, n_train=20, n_test=6)

    return run


@pytest.mark.parametrize("container", ["python", "binary", "png"])
def test_every_container_gives_the_same_prepared_arrays(tiny, tiny_archives, container):
    prepared = prepare_cifar10(tiny_archives[container], tiny.source())
    order = image_order(tiny.x_train)
    np.testing.assert_array_equal(prepared.x_train, tiny.x_train[order])
    np.testing.assert_array_equal(prepared.y_train, tiny.y_train[order])
    np.testing.assert_array_equal(np.sort(prepared.y_test), np.sort(tiny.y_test))
    assert prepared.digest() == prepare_cifar10(tiny_archives["binary"], tiny.source()).digest()
    assert not prepared.is_sample and prepared.source == "CIFAR-10" and prepared.y_train.dtype == np.int64


@pytest.mark.parametrize("pack", [bytes, bz2.compress, lzma.compress])
def test_archive_that_is_not_gzipped_is_read_as_well(read, tiny, tiny_archives, pack):
    packed = pack(gzip.decompress(tiny_archives["binary"].read_bytes()))
    np.testing.assert_array_equal(read(packed).y_test, tiny.y_test)
    for damaged in (packed[: len(packed) // 2], packed[:200] + bytes(200) + packed[400:]):
        with pytest.raises(ValueError) as failure:
            read(damaged)
        one_line(failure, "cifar.archive: ")


def test_other_content_is_named_by_its_digest(tiny, tiny_archives):
    source = dataclasses.replace(tiny.source(), content={"train": "0" * 64, "test": "0" * 64})
    with pytest.raises(ValueError) as failure:
        prepare_cifar10(tiny_archives["python"], source)
    one_line(
        failure,
        str(tiny_archives["python"]),
        "training",
        "0" * 64,
        content_digest(tiny.x_train, tiny.y_train),
    )


def test_batches_pickled_by_a_recent_python_are_read(tiny):
    _, images, labels = tiny.batches()[0]
    for protocol in (0, 1, 2, 3):
        found = read_batch(pickle.dumps({b"data": images, b"labels": labels.tolist()}, protocol=protocol))
        np.testing.assert_array_equal(found[0], images)
        np.testing.assert_array_equal(found[1], labels)


def test_our_python2_batches_are_what_pickle_itself_reads(tiny, archives):
    """The hand-written pickles of these tests are real ones."""
    _, images, labels = tiny.batches()[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy has since renamed the module that they name
        batch = pickle.loads(archives.python2_batch(images, labels), encoding="bytes")
    np.testing.assert_array_equal(batch[b"data"], images)
    assert batch[b"labels"] == labels.tolist()


class Hostile:
    """A pickle of this would run a command."""

    def __reduce__(self):
        return os.mkdir, ("pwned",)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_pickle_that_runs_a_command_is_refused_by_name(tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError) as failure:
        read_batch(pickle.dumps({b"data": Hostile(), b"labels": []}, protocol=protocol))
    one_line(failure, f"{os.mkdir.__module__}.mkdir", "refused")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "builtins eval",
        "__builtin__ getattr",
        "numpy load",
        "numpy f2py",
        "numpy.core.multiarray fromfile",
        "_codecs lookup",
        "functools partial",
        "copyreg _reconstructor",
    ],
)
def test_any_other_name_in_a_pickle_is_refused(name):
    module, attribute = name.split()
    with pytest.raises(ValueError, match=f"{module}.{attribute}"):
        read_batch(f"c{module}\n{attribute}\n(tR.".encode())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not a batch"),
        (b"\x80\x02}.", "'data' is not an array"),
        (pickle.dumps([1], 2), "a list, expected a dictionary"),
        (pickle.dumps({"data": b"123", "labels": []}, 2), "'data' is not an array"),
        (pickle.dumps({"data": np.zeros((2, 3072)), "labels": [0, 1]}, 2), "unsigned bytes"),
        (pickle.dumps({"data": np.zeros((2, 3000), np.uint8), "labels": [0, 1]}, 2), "shape (2, 3000)"),
        (pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [0]}, 2), "2 images but 1 labels"),
        (pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [300]}, 2), "small numbers"),
        (pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": "0"}, 2), "'labels'"),
        (
            pickle.dumps({"data": np.asfortranarray(np.zeros((2, 3072), np.uint8)), "labels": [0, 1]}, 2),
            "row by row",
        ),
        (b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n}b.", "not a batch"),
    ],
)
def test_damaged_batch_is_one_clear_line(content, expected):
    with pytest.raises(ValueError) as failure:
        read_batch(content)
    one_line(failure, expected)


def test_refused_pickle_inside_an_archive_names_archive_and_file(read, tiny):
    files = tiny.python_files()
    files[2] = (files[2][0], pickle.dumps({b"data": Hostile()}, 2))
    with pytest.raises(ValueError) as failure:
        read(files)
    one_line(failure, "cifar.archive", "data_batch_2", "mkdir")


def without(files, name):
    return [(other, content) for other, content in files if name not in other]


def test_what_is_missing_or_superfluous_is_said(read, tiny, archives):
    image = archives.png(tiny.x_train[0])
    python, binary, images = tiny.python_files(), tiny.binary_files(), tiny.png_files()
    faults = [
        (without(python, "data_batch_3"), "no data_batch_3"),
        (without(binary, "test_batch"), "no test_batch"),
        (images[:-1], "expected"),
        ([*images, ("prefix/train/cat/new.png", image)], "21 training images, expected 20"),
        ([*images, ("prefix/train/zebra/new.png", image)], "prefix/train/zebra/new.png: an image outside"),
        ([*images, ("new.png", image)], "new.png: an image outside"),
        ([*images, images[-1]], "comes twice"),
        ([*binary, ("elsewhere/test_batch.bin", binary[0][1])], "a second test_batch.bin"),
        ([*binary[:-1], (binary[-1][0], binary[-1][1][:-1])], "not a whole number of 3073-byte records"),
        ([*binary, *images], "a mixture of the formats binary and png"),
        ([("README", b"nothing")], "none of CIFAR-10's"),
        ([*binary[:-1], (binary[-1][0], b"\x0a" + binary[-1][1][1:])], "training label 10, expected 0 to 9"),
    ]
    for files, expected in faults:
        with pytest.raises(ValueError) as failure:
            read(files)
        one_line(failure, "cifar.archive: ", expected)


def test_unreadable_or_unfitting_images_are_named(read, tiny, archives):
    images = tiny.png_files()
    gray = io.BytesIO()
    too_high = archives.png(np.zeros((3, 33, 32), np.uint8))
    Image.new("L", (32, 32)).save(gray, "PNG")
    jpeg = io.BytesIO()
    Image.new("RGB", (32, 32)).save(jpeg, "JPEG")
    good = images[1][1]
    for content, expected in [
        (b"\x89PNG nonsense", "unreadable image"),
        (good[: len(good) // 2], "unreadable image"),
        (jpeg.getvalue(), "unreadable image"),
        (too_high, "32x33 RGB, expected 32x32 RGB"),
        (gray.getvalue(), "32x32 L, expected 32x32 RGB"),
        (good + bytes(2**17), "more than the 65536 allowed"),
    ]:
        files = [*images[:1], (images[1][0], content), *images[2:]]
        with pytest.raises(ValueError) as failure:
            read(files)
        one_line(failure, images[1][0], expected)


def hostile_tar(**fields: object) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo("data_batch_1.bin")
        for key, value in fields.items():
            setattr(member, key, value)
        tar.addfile(member, io.BytesIO(bytes(member.size)))
    return out.getvalue()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "/etc/passwd"}, "unsafe file name '/etc/passwd'"),
        ({"name": "a/../../b"}, "unsafe file name"),
        ({"name": "..\\b"}, "unsafe file name"),
        ({"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, "neither a plain file nor a folder"),
        ({"type": tarfile.LNKTYPE, "linkname": "other"}, "neither a plain file nor a folder"),
        ({"type": tarfile.CHRTYPE}, "neither a plain file nor a folder"),
        ({"type": tarfile.FIFOTYPE}, "neither a plain file nor a folder"),
        ({"size": 2000}, "more than the 1000 allowed"),
    ],
)
def test_unsafe_members_are_refused(tmp_path, monkeypatch, fields, expected):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "hostile.tar.gz"
    path.write_bytes(hostile_tar(**fields))
    with pytest.raises(ValueError) as failure:
        list(tar_files(path, max_member=1000))
    one_line(failure, str(path), expected)
    assert [found.name for found in tmp_path.iterdir()] == ["hostile.tar.gz"], "nothing is unpacked to disk"


def test_archive_that_unpacks_to_too_much_is_stopped_early(tmp_path):
    """50 MB of zeros in 50 kB, in one file, in many files, and in the header where no file is announced."""
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(hostile_tar(size=50 * 2**20))
    with pytest.raises(ValueError, match="unpacks to more than 1000000 bytes"):
        list(tar_files(path, max_total=10**6))
    long_header = tarfile.TarInfo("a")
    long_header.pax_headers = {"comment": "x" * 2 * 10**6}
    path.write_bytes(gzip.compress(long_header.tobuf(tarfile.PAX_FORMAT) + bytes(1024)))
    with pytest.raises(ValueError, match="unpacks to more than 1000000 bytes"):
        list(tar_files(path, max_total=10**6))


def test_too_many_members_are_refused(tmp_path, archives):
    path = tmp_path / "many.tar.gz"
    path.write_bytes(archives.tar_gz([(f"f{i}", b"") for i in range(11)]))
    with pytest.raises(ValueError, match="more than 10 files"):
        list(tar_files(path, max_members=10))


@pytest.mark.parametrize("damage", ["cut", "flip", "text", "empty"])
def test_damaged_archive_is_one_clear_line(tmp_path, tiny_archives, damage):
    content = bytearray(tiny_archives["binary"].read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 0xFF
    bad = {
        "cut": bytes(content[: len(content) // 2]),
        "flip": bytes(content),
        "text": b"hello" * 200,
        "empty": b"",
    }
    path = tmp_path / "bad"
    path.write_bytes(bad[damage])
    with pytest.raises(ValueError) as failure:
        prepare_cifar10(path)
    one_line(failure, str(path))


def test_idx_is_read_packed_and_plain(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "plain").write_bytes(idx(array))
    (tmp_path / "packed.gz").write_bytes(gzip.compress(idx(array)))
    np.testing.assert_array_equal(read_idx(tmp_path / "plain"), array)
    np.testing.assert_array_equal(read_idx(tmp_path / "packed.gz"), array)


GOOD_IDX = idx(np.zeros((2, 3), np.uint8))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "starts with nothing"),
        (b"<html></html>", "starts with 3c68746d"),
        (b"\x00\x00\x0d\x01" + bytes(8), "not an IDX file of unsigned bytes"),
        (GOOD_IDX[:7], "cut short: 7 bytes, expected a header of 12"),
        (GOOD_IDX[:-1], "5 values, expected 6 for shape (2, 3)"),
        (GOOD_IDX + b"x", "7 values, expected 6"),
        (gzip.compress(GOOD_IDX, mtime=0)[:-6], "damaged packed file"),
        (gzip.compress(bytes(65 * 2**20), mtime=0), "unpacks to more than"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "0 values, expected 79228162458924105385300197375"),
    ],
)
def test_faulty_idx_is_one_line_with_file_and_expectation(tmp_path, content, expected):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError) as failure:
        read_idx(path)
    one_line(failure, str(path), expected)


@pytest.fixture
def mnist_folder(tmp_path):
    """MNIST with 3 training and 2 test images."""
    rng = np.random.default_rng(1)
    for prefix, n in (("train", 3), ("t10k", 2)):
        images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        (tmp_path / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        labels = np.arange(n, dtype=np.uint8)
        (tmp_path / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    return tmp_path


def test_mnist_comes_in_its_official_order(mnist_folder):
    data = read_mnist(mnist_folder, n_train=3, n_test=2)
    assert data.x_train.shape == (3, 1, 28, 28) and data.y_train.tolist() == [0, 1, 2]
    images = read_idx(mnist_folder / "t10k-images-idx3-ubyte.gz")
    np.testing.assert_array_equal(data.x_test[:, 0], images)


def test_mnist_of_the_wrong_size_or_labels_is_refused(mnist_folder):
    with pytest.raises(
        ValueError, match=r"train-images-idx3-ubyte.gz: shape \(3, 28, 28\), expected \(60000, 28, 28\)"
    ):
        read_mnist(mnist_folder)
    label_file = mnist_folder / "t10k-labels-idx1-ubyte.gz"
    label_file.write_bytes(idx(np.array([1, 10], np.uint8)))
    with pytest.raises(ValueError, match="label 10, expected 0 to 9"):
        read_mnist(mnist_folder, n_train=3, n_test=2)
    label_file.write_bytes(idx(np.array([1], np.uint8)))
    with pytest.raises(ValueError, match=r"shape \(1,\), expected \(2,\)"):
        read_mnist(mnist_folder, n_train=3, n_test=2)


def test_mnist_with_another_digest_is_refused(mnist_folder):
    source = load_sources()["mnist"]
    with pytest.raises(ValueError) as failure:
        prepare_mnist(mnist_folder, source)
    one_line(failure, "train-images-idx3-ubyte.gz", source.files[0].sha256 or "")
    unchecked = tuple(SourceFile(file.name, "idx") for file in source.files)
    small = dataclasses.replace(source, counts={"train": 3, "test": 2}, files=unchecked)
    assert prepare_mnist(mnist_folder, small).y_train.tolist() == [0, 1, 2]


def test_missing_file_is_not_called_damaged(tmp_path):
    with pytest.raises(FileNotFoundError, match="train-images"):
        read_mnist(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"cifar10\.archive"):
        read_cifar10(tmp_path / "cifar10.archive")


@pytest.mark.realdata
def test_real_mnist_has_the_published_digests(real_data):
    data = prepare_mnist(real_data)
    content = load_sources()["mnist"].content
    assert content_digest(data.x_train, data.y_train) == content["train"]
    assert content_digest(data.x_test, data.y_test) == content["test"]
    assert data.y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert data.x_train.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.realdata
def test_real_cifar10_has_the_published_digest_and_mean(real_data):
    """`prepare_cifar10` itself refuses any other digest; the means are published independently of it."""
    archive = next(path for path in sorted(real_data.glob("*.tar.gz")) if "cifar" in path.name.lower())
    data = prepare_cifar10(archive)
    assert data.x_train.shape == (50_000, 3, 32, 32) and data.x_test.shape == (10_000, 3, 32, 32)
    assert np.bincount(data.y_train).tolist() == [5000] * 10 and np.bincount(data.y_test).tolist() == [1000] * 10
    for channel, mean in enumerate((0.49139968, 0.48215841, 0.44653091)):
        assert data.x_train[:, channel].mean() / 255 == pytest.approx(mean, abs=1e-8)
