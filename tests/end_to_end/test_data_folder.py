"""Data that are there already are kept, and data that another run prepares are left to it."""

import gzip
import hashlib

from filelock import FileLock

from tests.end_to_end.conftest import copy_project

ARCHIVE = "data/raw/cifar10.archive"
DIGESTS = {
    "sha256": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    "md5": "c58f30108f718f92721af3b95e74349a",
}


def test_a_good_archive_is_kept_when_its_entry_changes(tmp_path):
    project = copy_project(tmp_path / "project")
    stand_in = gzip.compress(b"a small archive", mtime=0)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "cifar-10-python.tar.gz").write_bytes(stand_in)
    for name, digest in DIGESTS.items():
        project.replace("lib/data/sources.yaml", digest, hashlib.new(name, stand_in).hexdigest())
    done = project.snakemake("--", ARCHIVE, DATA_MIRROR=str(mirror))
    assert done.returncode == 0, done.stdout[-3000:]
    project.replace("lib/data/sources.yaml", "title: CIFAR-10", "title: CIFAR 10")
    done = project.snakemake("--", ARCHIVE, DATA_MIRROR=str(tmp_path), https_proxy="http://127.0.0.1:9")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Fetching CIFAR-10" in done.stdout
    assert (project.folder / ARCHIVE).read_bytes() == stand_in
    assert "Nothing to be done" in project.snakemake("--", ARCHIVE).stdout


def test_a_run_does_not_begin_with_data_that_another_one_prepares(tmp_path):
    project = copy_project(tmp_path / "project")
    data = "data/prepared/sample/mnist.npz"
    with FileLock((project.folder / data).with_name(".lock")):
        done = project.snakemake("--", data)
    assert done.returncode != 0
    assert "data/prepared/sample: another run prepares data there; start again when it has" in done.stdout
    assert "Traceback" not in done.stdout
    assert not (project.folder / data).exists()
