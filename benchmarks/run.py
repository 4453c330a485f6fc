"""Run the benchmarks, each in a process of its own, and write docs/benchmarks.md with its figures.

``python -m benchmarks.run [NAME ...]``: all of them, or those named and the others as measured last. Each kind
of processor has a file of its own in docs/benchmarks/, and the page has them side by side. Nothing else should run on
the machine meanwhile.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import jinja2
import psutil
from matplotlib.figure import Figure

from lib.figures.style import WIDTH, styled
from lib.report.figures import svg_bytes

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs/benchmarks"
NAMES = ("cifar", "numpy_network", "start_up", "pipeline", "profiles")
SLURM = ROOT / ".pytest_cache/slurm.json"  # of `make test-slurm`
ON_GPU = (DOCS / "gpu/check.json", DOCS / "gpu/train.json")  # what the kit left on a GPU machine
EPOCHS = 100  # of the original's recipe
IMAGES = 45_000


def measure(name: str) -> dict[str, Any]:
    """The result of one benchmark; the NumPy one once more without a pin of OpenBLAS to an older core type."""
    free = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
    result = _output(name, free)
    if name == "numpy_network" and free != dict(os.environ):
        result["pinned"] = _output(name, dict(os.environ))
    return result


def _output(name: str, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def machine() -> dict[str, Any]:
    """The processor and the libraries."""
    import numpy
    import torch

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    known = dict(line.split("\t: ", 1) for line in (line.replace("\t\t", "\t") for line in lines) if "\t: " in line)
    flags = known.get("flags", "").split()
    return {
        "processor": known.get("model name", platform.processor()).strip(),
        "family": f"{known.get('cpu family', '?')}, model {known.get('model', '?')}",
        "cores": psutil.cpu_count(logical=False),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "instructions": [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags],
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
    }


def median(values: list[float]) -> float:
    return statistics.median(values)


def ratio(first: list[float], second: list[float]) -> dict[str, float]:
    """How many times as long the first takes: median over rounds of the ratio in a round, with the extremes."""
    ratios = [a / b for a, b in zip(first, second, strict=True)]
    return {"median": median(ratios), "low": min(ratios), "high": max(ratios)}


def derived(results: dict[str, Any]) -> dict[str, Any]:
    """What the report says, from what was measured."""
    found: dict[str, Any] = {}
    if cifar := results.get("cifar"):
        for kind in ("cnn", "mlp"):
            seconds, images = cifar[kind]["seconds"], cifar["images"][kind]
            found[kind] = {
                "project": images / median(seconds["project"]),
                "notebook": images / median(seconds["notebook"]),
                "ratio": ratio(seconds["notebook"], seconds["project"]),
                "gflops": cifar[kind]["flops_per_step"] * images / 128 / median(seconds["project"]) / 1e9,
            }
            found[kind]["share"] = found[kind]["gflops"] / cifar["peak_gflops_per_second"]
        images = 2 * cifar["images"]["mlp"]
        found["mlp_pair"] = {
            "project": images / median(cifar["mlp_pair_seconds"]),
            "ratio": images / median(cifar["mlp_pair_seconds"]) / found["mlp"]["notebook"],
        }
        found["original_hours"] = EPOCHS * IMAGES / found["cnn"]["notebook"] / 3600
        if seconds := results.get("pipeline", {}).get("cnn_seconds"):
            found["time_ratio"] = found["original_hours"] * 3600 / seconds
    if network := results.get("numpy_network"):
        found["numpy"] = _numpy(network)
        if "pinned" in network:
            found["numpy_pinned"] = _numpy(network["pinned"])
    if demo := results.get("start_up", {}).get("demo"):
        found["import_share"] = demo["import_seconds"] / demo["job_seconds"]
        found["overhead_per_job"] = (2 * demo["seconds"] - demo["job_seconds"]) / demo["jobs"]
    return found


MAIN_TRAININGS = 32  # of `paper`: ten seeds of two MLPs, six of two CNNs
ASKED = {"cnn": "45 s", "mlp": "7 s"}  # for 100 epochs alone on an H100 or H200


def on_gpu(check: dict[str, Any], train: dict[str, Any]) -> dict[str, Any]:
    """What the report says of a GPU, from the kit's two tables (see docs/gpu.md)."""
    rows, beside, same_bits, same_beside = [], [], [], {}
    for kind, asked in ASKED.items():
        measured = check[kind].get("rows", {})
        for name, row in measured.items():
            precision, mode = name.split()
            rows.append(
                {
                    "kind": kind,
                    "precision": precision,
                    "mode": mode,
                    "peak": row["peak"],
                    "images_per_second": row["images_per_second"],
                    "epoch": median(row["seconds"][1:]),
                    "share": row["flops_per_second"] / row["peak"],
                    "kernels": row.get("kernels_per_step"),
                }
            )
            same_bits.append(row["digest"] == measured[f"{precision} eager"]["digest"])
        digests = []
        for count, runs in check["side_by_side"].get(kind, {}).items():
            done = [run for run in runs if "seconds" in run]
            first, *others = max((run["seconds"] for run in done), key=lambda seconds: median(seconds[1:]))
            own = {"kind": kind, "count": int(count), "first": first, "epoch": median(others)}
            whole = first + (EPOCHS - 1) * own["epoch"]
            beside.append(
                {**own, "training": whole, "precision": done[0]["precision"], "asked": asked if count == "1" else ""}
            )
            digests += [run["digest"] for run in done]
        if len(digests) > 1:
            same_beside[kind] = len(digests) if len(set(digests)) == 1 else 0
    accuracies: dict[str, list[float]] = {}
    for row in train["trainings"]:
        if "failed" not in row:
            accuracies.setdefault(row["arm"], []).append(row["test_accuracy"])
    arms = [
        {
            "name": name,
            "n": len(values),
            "mean": statistics.mean(values),
            "deviation": statistics.stdev(values) if len(values) > 1 else None,
            "low": min(values),
            "high": max(values),
        }
        for name, values in sorted(accuracies.items())
    ]
    return {
        "machine": check["machine"],
        "rows": rows,
        "same_bits": all(same_bits),
        "beside": beside,
        "same_beside": same_beside,
        "tests": check["tests"]["said"][-1],
        "arms": arms,
        "wanted": MAIN_TRAININGS,
        "calls": train.get("calls", [{**train, "trainings": len(train["trainings"])}]),
        "notes": check.get("notes", {}),
    }


def _numpy(network: dict[str, Any]) -> dict[str, Any]:
    seconds = network["seconds_per_epoch"]
    return {
        "epoch": {name: median(values) for name, values in seconds.items()},
        "pytorch": ratio(seconds["lib_nn"], seconds["pytorch"]),
        "textbook_float32": ratio(seconds["textbook_float32"], seconds["lib_nn"]),
        "textbook_float64": ratio(seconds["textbook_float64"], seconds["lib_nn"]),
        "share": network["gflops_per_second"] / network["peak_gflops_per_second"],
    }


@styled
def throughput(found: dict[str, Any]) -> Figure:
    """Images per second of the two loops, each model in a panel of its own."""
    figure = Figure(figsize=(WIDTH, 2.2), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, kind, title in zip(panels, ("mlp", "cnn"), ("MLP", "CNN"), strict=True):
        bars = {"notebook loop": found[kind]["notebook"], "this project": found[kind]["project"]}
        if kind == "mlp":
            bars["two side by side"] = found["mlp_pair"]["project"]
        drawn = panel.barh(list(bars), list(bars.values()))
        panel.bar_label(drawn, fmt="{:,.0f}", padding=3)
        panel.set(title=title, xlabel="Images per second", xlim=(0, 1.25 * max(bars.values())))
    return figure


@styled
def memory(rules: list[dict[str, Any]]) -> Figure:
    """Largest memory of the rules that take most."""
    largest = sorted(rules, key=lambda rule: rule["mebibytes"])[-15:]
    figure = Figure(figsize=(WIDTH, 4), layout="constrained")
    panel = figure.subplots()
    drawn = panel.barh([rule["rule"] for rule in largest], [rule["mebibytes"] for rule in largest])
    panel.bar_label(drawn, fmt="{:,.0f}", padding=3)
    panel.axvline(3 * 1024, linestyle="--")
    panel.set(xlabel="Largest resident memory of a job (MiB); the line is at 3 GiB")
    return figure


def file_of(machine: dict[str, Any]) -> Path:
    """The file of this kind of processor."""
    words = re.findall(r"[a-z0-9]+", f"{machine['processor']} {machine['family']}".lower())
    return DOCS / f"{'-'.join(word for word in words if word not in ('r', 'tm', 'cpu', 'model', 'processor'))}.json"


def now() -> dict[str, str]:
    """When and of which code something was measured."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    changed = subprocess.run([*git, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True)
    date = f"{datetime.datetime.now():%Y-%m-%d %H:%M}"
    return {"date": date, "commit": f"{commit}{', changed' if changed.stdout else ''}"}


def write(docs: Path = DOCS) -> None:
    """The page and its figures, from the files of all machines."""
    machines = []
    for file in sorted(docs.glob("*.json")):
        results = json.loads(file.read_text(encoding="utf-8"))
        found = derived(results)
        if "cnn" in found:
            file.with_name(f"{file.stem}-throughput.svg").write_bytes(svg_bytes(throughput(found)))
        if rules := results.get("pipeline", {}).get("rules"):
            file.with_name(f"{file.stem}-memory.svg").write_bytes(svg_bytes(memory(rules)))
        machines.append((file.stem, results, found))
    machines.sort(key=lambda one: "avx512_bf16" not in one[1]["machine"]["instructions"])
    gpu = None
    if all(path.exists() for path in ON_GPU):
        gpu = on_gpu(*(json.loads(path.read_text(encoding="utf-8")) for path in ON_GPU))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "benchmarks"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("report.md.j2").render(machines=machines, gpu=gpu, median=median, zip=zip)
    docs.with_suffix(".md").write_text(text.rstrip() + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--write", action="store_true", help="measure nothing, write the page from what was measured")
    options = parser.parse_args()
    wanted = () if options.write else options.names or NAMES
    if unknown := [name for name in wanted if name not in NAMES]:
        parser.error(f"unknown benchmark {unknown[0]!r}; allowed: {', '.join(NAMES)}")
    here = machine()
    file = file_of(here)
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"made": {}}
    if SLURM.exists():
        results |= {"machine": here, "slurm": json.loads(SLURM.read_text(encoding="utf-8"))}
        file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for name in wanted:
        print(f"{name} ...", file=sys.stderr)
        results[name] = measure(name)
        results["machine"], results["made"][name] = here, now()
        DOCS.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write()


if __name__ == "__main__":
    main()
