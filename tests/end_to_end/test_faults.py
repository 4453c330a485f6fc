"""What is wrong ends in one clear message before anything expensive has run, and finished work stays."""

import hashlib

import pytest
import yaml


def digests(finished) -> dict[str, str]:
    files = (path for path in (finished.folder / "results/test").rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if "/inputs/" not in str(path)}


def test_an_unknown_key_is_one_line_and_runs_nothing(finished, edit):
    before = digests(finished)
    edit("presets/test.yaml", "seeds:\n", "seed: 3\nseeds:\n")
    done = finished.snakemake()
    assert done.returncode != 0
    assert "config.yaml + presets/test.yaml: seed: unknown key 'seed'; did you mean 'seeds'?" in done.stdout
    assert "Traceback" not in done.stdout
    assert digests(finished) == before


@pytest.fixture
def offline(finished, edit):
    """The public mirrors of the finished project at an address where nobody listens."""
    path = finished.folder / "lib/data/sources.yaml"
    kept = path.read_bytes()
    text = path.read_text()
    for url in {word.strip("'\"") for word in text.split() if word.strip("'\"").startswith("https://")}:
        text = text.replace(url, "http://127.0.0.1:9/" + url.rpartition("/")[2])
    assert yaml.safe_load(text)
    path.write_text(text)
    yield finished
    path.write_bytes(kept)


def test_no_network_and_no_mirror_is_one_message_with_the_ways_out(offline):
    before = digests(offline)
    done = offline.snakemake("--config", "data={source: real}", "--", "data/prepared/real/cifar10.npz")
    assert done.returncode != 0
    assert "CIFAR-10 could not be fetched." in done.stdout
    assert "DATA_MIRROR=that/folder" in done.stdout
    assert "make demo" in done.stdout
    assert "Traceback" not in done.stdout
    assert digests(offline) == before


def test_a_truncated_archive_is_named(offline, tmp_path):
    before = digests(offline)
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(b"\x1f\x8b" + bytes(1000))
    done = offline.snakemake(
        "--config", "data={source: real}", "--", "data/prepared/real/cifar10.npz", DATA_MIRROR=str(tmp_path)
    )
    assert done.returncode != 0
    assert "CIFAR-10 could not be fetched." in done.stdout
    assert str(tmp_path) in done.stdout
    assert "Traceback" not in done.stdout
    assert digests(offline) == before
