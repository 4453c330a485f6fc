"""A dry run of the finished ``main`` and epochs of training at another commit and now, in turns.

``python -m benchmarks.before COMMIT`` keeps both in ``docs/benchmarks/results.json``, with what py-spy says of the dry
runs; it needs the results of ``main``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from benchmarks.measure import ROUNDS
from benchmarks.profiles import dry_run
from benchmarks.run import DOCS, write
from benchmarks.start_up import ROOT, snakemake

TURNS = {"mlp": 3, "cnn": 1}


def project_at(commit: str, target: Path) -> Path:
    """The project's files of a commit with the results of ``main`` as they lie here, all of them up to date."""
    archive = target.with_suffix(".tar")
    subprocess.run(["git", "archive", "--output", archive, commit], cwd=ROOT, check=True)
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    for name in ("results/main", "data"):
        shutil.copytree(ROOT / name, target / name, dirs_exist_ok=True)
    snakemake(target, "--touch")
    return target


def epoch_seconds(folder: Path, kind: str) -> list[float]:
    """Seconds of each epoch but the first, by that commit's own code."""
    code = f"import json; from benchmarks.cifar import epochs; print(json.dumps(epochs({kind!r}, 2)['project']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True)
    seconds: list[float] = json.loads(done.stdout)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit")
    name = parser.parse_args().commit
    with tempfile.TemporaryDirectory() as scratch:
        folders = {
            "before": project_at(name, Path(scratch) / "before"),
            "now": project_at("HEAD", Path(scratch) / "now"),
        }
        for folder in folders.values():
            snakemake(folder, "-n")
        seconds: dict[str, list[float]] = {when: [] for when in folders}
        for _ in range(ROUNDS):
            for when, folder in folders.items():
                seconds[when].append(snakemake(folder, "-n"))
        parts = {when: dry_run(folder) for when, folder in folders.items()}
        epochs: dict[str, dict[str, list[float]]] = {kind: {when: [] for when in folders} for kind in TURNS}
        for kind, turns in TURNS.items():
            for _ in range(turns):
                for when, folder in folders.items():
                    epochs[kind][when] += epoch_seconds(folder, kind)
    file = DOCS / "results.json"
    results = json.loads(file.read_text(encoding="utf-8"))
    results["before"] = {"commit": name, "seconds": seconds, "parts": parts, "epochs": epochs}
    file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write(results)


if __name__ == "__main__":
    main()
