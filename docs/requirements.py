"""Write requirements.txt, requirements-dev.txt and environment.yml from pyproject.toml: `make requirements`.

requirements.txt is what a report needs; requirements-dev.txt has the extras, the tests and the checks besides.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Names on conda-forge and bioconda where they differ, and what is on neither.
CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base", "types-PyYAML": "types-pyyaml"}
PIP_ONLY = ("rocrate", "playwright", "cmarkgfm", "pylibjxl")


def files() -> dict[str, str]:
    """Content of each file by its name."""
    project = PROJECT["project"]
    needed = project["dependencies"]
    more = [line for lines in project["optional-dependencies"].values() for line in lines]
    more += [line for name, lines in PROJECT["dependency-groups"].items() if name != "dev" for line in lines]
    conda = [line for line in (*needed, *more) if _name(line) not in PIP_ONLY]
    pip = [line for line in (*needed, *more) if _name(line) in PIP_ONLY]
    head = "# Made from pyproject.toml: make requirements"
    environment = [
        f"{head}. conda env create -f environment.yml",
        "# Snakemake uses it with --software-deployment-method conda.",
        f"name: {project['name']}",
        "channels:\n  - conda-forge\n  - bioconda",
        f"dependencies:\n  - python{project['requires-python']}",
        *(f"  - {line.replace(_name(line), CONDA.get(_name(line), _name(line)), 1)}" for line in conda),
        "  - pip\n  - pip:",
        *(f"      - {line}" for line in pip),
    ]
    return {
        "requirements.txt": "\n".join([f"{head}. What a report needs.", *needed]) + "\n",
        "requirements-dev.txt": "\n".join([f"{head}. What tests, checks and PDF need besides.", *more]) + "\n",
        "environment.yml": "\n".join(environment) + "\n",
    }


def _name(line: str) -> str:
    return re.split(r"[<>=!~ ]", line)[0]


if __name__ == "__main__":
    for name, text in files().items():
        (ROOT / name).write_text(text, encoding="utf-8")
