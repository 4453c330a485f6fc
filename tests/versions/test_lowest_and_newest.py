"""Tests and workflow pass with exactly the lower bounds of the requirements, and with the newest versions there are."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOLD = ("numpy", "pandas", "torch", "matplotlib", "snakemake")


def is_here(python: str) -> bool:
    return shutil.which(python) is not None and subprocess.run([python, "-c", ""], capture_output=True).returncode == 0


def installed(target: str) -> str:
    frozen = ROOT / f"build/{target}.txt"
    lines = frozen.read_text(encoding="utf-8").splitlines() if frozen.is_file() else []
    return ", ".join(line.replace("==", " ") for line in lines if line.partition("==")[0] in TOLD) or "not installed"


@pytest.mark.long
@pytest.mark.parametrize(
    ("target", "version"),
    [("test-lowest", "3.11"), *(("test-newest", version) for version in ("3.11", "3.12", "3.13", "3.14"))],
)
def test_the_report_is_made_with_other_versions(target, version, record_property):
    python = f"python{version}"
    if not is_here(python):
        record_property("versions", f"`make {target}` with Python {version}, which is not on this machine")
        pytest.skip(f"{python} is not on this machine")
    # The pytest in there has workers of its own, and is not one of this run's.
    (ROOT / f"build/{target}.txt").unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        ["make", target, f"PYTHON={python}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    record_property("versions", f"`make {target}` with Python {version}: {installed(target)}")
    assert done.returncode == 0, done.stdout[-5000:]
