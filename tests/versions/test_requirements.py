"""Every list of what the project needs says the same."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def of_pip(name: str) -> dict[str, str]:
    """Versions by package, as a file for pip has them."""
    lines = (line.partition("#")[0].strip() for line in text(name).splitlines())
    return versions(line for line in lines if line)


def versions(lines) -> dict[str, str]:
    wanted = [Requirement(line) for line in lines]
    found = {str(canonicalize_name(CONDA_NAMES.get(one.name, one.name))): str(one.specifier) for one in wanted}
    assert len(found) == len(wanted), "a package stands there twice"
    return found


def of_conda() -> dict[str, str]:
    """The same of environment.yml, with pip's names and Python itself."""
    lines = yaml.safe_load(text("environment.yml"))["dependencies"]
    (for_pip,) = (line["pip"] for line in lines if isinstance(line, dict))
    return versions([line for line in lines if isinstance(line, str) and line != "pip"] + for_pip)


def of_project() -> dict[str, str]:
    """All that pyproject.toml names, for whatever purpose."""
    project = tomllib.loads(text("pyproject.toml"))
    lists = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    lists += [lines for name, lines in project["dependency-groups"].items() if name != "dev"]
    return versions(line for lines in lists for line in lines)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "environment.yml"])
def test_the_lists_are_those_of_pyproject(name):
    made = subprocess.run([sys.executable, "-c", MADE, name], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout == text(name)


MADE = "import runpy, sys; print(runpy.run_path('docs/requirements.py')['files']()[sys.argv[1]], end='')"


def test_a_report_needs_less_than_its_tests():
    assert of_pip("requirements.txt") | of_pip("requirements-dev.txt") == of_project()
    assert not {"pytest", "ruff", "playwright"} & of_pip("requirements.txt").keys()


def test_conda_and_pip_install_the_same_packages_with_the_same_bounds():
    assert of_conda() == of_project() | {"python": f">={lowest_python()}"}


def test_every_package_has_a_lower_bound_and_no_other():
    # `make test-lowest` installs exactly these: it turns >= into ==.
    odd = {name: bound for name, bound in of_project().items() if not re.fullmatch(r">=[\d.]+", bound)}
    assert odd == {}


def test_the_lock_has_every_package_in_a_version_that_is_allowed():
    wanted, locked = of_project(), of_pip("requirements.lock")
    assert wanted.keys() <= locked.keys()
    assert {name: locked[name] for name in wanted if not allows(wanted[name], locked[name])} == {}


def allows(bound: str, locked: str) -> bool:
    return Requirement(f"any{bound}").specifier.contains(locked.removeprefix("=="))


def lowest_python() -> str:
    return tomllib.loads(text("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("pyproject.toml", r'target-version = "py(.*)"'),
        ("pyproject.toml", r'python_version = "(.*)"'),
        ("Makefile", r"sys\.version_info < \((.*?)\)"),
        ("Makefile", r'"Python (\S+) or newer is needed'),
        ("README.md", r"Python (\S+) or newer"),
    ],
)
def test_the_lowest_python_is_the_same_everywhere(file, pattern):
    found = re.findall(pattern, text(file))
    assert found
    assert {"".join(re.findall(r"\d", one)) for one in found} == {lowest_python().replace(".", "")}
