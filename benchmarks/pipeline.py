"""What a finished run of ``main`` took: time to accuracy, memory of every rule; and how long the data take."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.measure import output

ROOT = Path(__file__).parents[1]
RUN = ROOT / "results/main"


def job_table() -> pd.DataFrame:
    """Seconds and largest resident memory (MiB) of every job, by rule."""
    rows = []
    for path in [*RUN.glob("benchmarks/**/*.tsv"), *(ROOT / "data/benchmarks").glob("*.tsv")]:
        folder = RUN / "benchmarks" if path.is_relative_to(RUN) else ROOT / "data/benchmarks"
        name = path.relative_to(folder).with_suffix("").parts[0]
        measured = pd.read_csv(path, sep="\t", na_values="-").iloc[-1]
        rows.append({"rule": name, "seconds": measured["s"], "mebibytes": measured["max_rss"]})
    return pd.DataFrame(rows)


def prepare() -> float | None:
    """Seconds to decode and check the 60,000 images of CIFAR-10; None without its archive."""
    archive = ROOT / "data/raw/cifar10.archive"
    if not archive.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        command = [sys.executable, "-m", "scripts.prepare", "--raw", str(archive), "--dataset", "cifar10"]
        subprocess.run([*command, "--data", f"{folder}/cifar10.npz"], cwd=ROOT, check=True, capture_output=True)
        return time.perf_counter() - start


def main() -> None:
    result: dict[str, object] = {"prepare_seconds": prepare()}
    if (RUN / "metrics.json").exists():
        jobs = job_table()
        table = jobs.groupby("rule").agg(
            jobs=("seconds", "size"), seconds=("seconds", "sum"), mebibytes=("mebibytes", "max")
        )
        result["rules"] = table.reset_index().to_dict("records")
        cnn = pd.read_csv(RUN / "benchmarks/train_vision/cnn-rgb/seed0.tsv", sep="\t").iloc[-1]["s"]
        result["cnn_seconds"] = float(cnn)
        metrics = json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))
        result["cnn_test_accuracy"] = metrics["cifar.test_accuracy.cnn"]
    output(result)


if __name__ == "__main__":
    main()
