"""Make the kit: what a bare GPU machine needs to check its speed and to train the arms of a run.

``python -m benchmarks.gpu.kit FOLDER --preset paper`` writes check.zip and train.zip (the code, settings, and the few
packages that PyTorch lacks), and, with ``--pieces N``, CIFAR-10 as N pieces beside them.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.gpu.settings import Settings
from lib.catalogue.arms import CORE, Arms
from lib.catalogue.experiments import controls
from lib.catalogue.presets import MAIN, load_preset
from lib.data.dataset import load_dataset
from lib.workflow.files import code_digest
from lib.workflow.own_files import own_files
from lib.workflow.stamps import SourceTree

ROOT = Path(__file__).parents[2]
CODE = ("lib/**/*.py", "benchmarks/gpu/*.py", "tests/vision/test_cuda.py")
PACKAGES = ("annotated_types", "pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments")  # pure Python
EXPERIMENTS = {"shifts.npz": "shifted_images", "augmented.npz": "augmented_validation"}


def settings_of(preset: str | None, data: Path, changes: Mapping[str, Any] | None = None) -> Settings:
    """The trainings of a preset with ``changes`` laid over it; arms with the same settings are one."""
    config = load_preset(preset or MAIN, changes)
    arms = Arms(config)
    seeds = {name: len(arms.seeds(name)) for name in arms.settings}
    for name, first in arms.shared.items():
        seeds[first] = max(seeds[first], seeds[name])
    trained = [name for name in arms.settings if name not in arms.shared]  # in the order of the configuration
    tree = SourceTree(ROOT)
    scripts = ("train_vision", "evaluate_vision", "evaluate_shifts", "evaluate_augmented")
    return Settings(
        run=config["run"],
        arms={name: arms.settings[name] for name in trained},
        seeds={name: seeds[name] for name in trained},
        main=list(CORE),
        split=config["data"]["cifar10"],
        compute=config["compute"],
        code={script: code_digest(tree.stamp(f"scripts.{script}")) for script in scripts},
        data=load_dataset(data).digest(),
        experiments={**config["experiments"], "original": config["cifar"]["recipes"]["original"]},
        evaluations={
            file: [arms.shared.get(arm, arm) for arm in controls()[name].arms] for file, name in EXPERIMENTS.items()
        },
    )


def package_files(name: str) -> Iterator[tuple[Path, str]]:
    """The files of an installed pure Python package, with their names in the kit."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name}: not installed; make .venv/ready")
    origin = Path(spec.origin)
    if origin.name != "__init__.py":
        yield origin, origin.name
        return
    for path in sorted(origin.parent.rglob("*.py")):
        yield path, f"{name}/{path.relative_to(origin.parent)}"


def fetch_decoder(python: str, folder: Path) -> None:
    """The wheel of pylibjxl for another Python on x86-64 Linux."""
    platforms = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += [f"--platform={name}_x86_64" for name in platforms]
    command += ["--implementation=cp", f"--python-version={python}", "--dest", str(folder)]
    version = importlib.metadata.version("pylibjxl")
    before = set(folder.glob("*.whl"))
    if subprocess.run([*command, f"pylibjxl=={version}"], check=False).returncode:
        raise SystemExit(
            f"error: KIT_PYTHON={python}: no pylibjxl {version} for that on x86-64 Linux (what pip says is above)"
        )
    made = max(folder.glob("*.whl"), key=lambda path: (f"-cp{python.replace('.', '')}-" in path.name, path.name))
    for old in before - {made}:
        old.unlink()


def write(target: Path, settings: Path, wheels: Path | None) -> None:
    """One zip with all that a part needs but PyTorch, NumPy and the data."""
    files = [(path, str(path.relative_to(ROOT))) for pattern in CODE for path in own_files(ROOT, pattern)]
    files += [pair for name in PACKAGES for pair in package_files(name)]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in files:
            archive.write(path, name)
        archive.write(settings, "trainings.json")
        for wheel in sorted(wheels.glob("*.whl")) if wheels else []:
            with zipfile.ZipFile(wheel) as inner:
                for item in inner.namelist():
                    archive.writestr(item, inner.read(item))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--preset", default="paper")
    parser.add_argument("--data", type=Path, default=ROOT / "data/prepared/real/cifar10.npz")
    parser.add_argument("--python", help="version of the GPU machine's Python: fetch the JPEG XL decoder for it")
    parser.add_argument("--pieces", type=int, default=0, help="write the data as so many pieces: a quarter of an hour")
    options = parser.parse_args()
    if not options.data.is_file():
        raise SystemExit(f"{options.data}: no such file; make it with: snakemake --cores 2 {options.data}")
    options.folder.mkdir(parents=True, exist_ok=True)
    settings = options.folder / "trainings.json"
    settings_of(options.preset, options.data).write(settings)
    write(options.folder / "check.zip", settings, None)
    wheels = options.folder / "wheels"
    if options.python:
        fetch_decoder(options.python, wheels)
    write(options.folder / "train.zip", settings, wheels)
    if options.pieces:
        from benchmarks.gpu.pieces import split

        split(load_dataset(options.data), options.folder, options.pieces)
    for path in sorted(options.folder.glob("*")):
        if path.is_file():
            print(f"{path}: {path.stat().st_size / 1e6:.1f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
