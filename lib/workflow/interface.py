"""The signature of a script's ``main`` is its rule's interface: what the job reads and writes stands there alone."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lib.workflow.own_files import parse_own, read_own_bytes

# What the type of a parameter says about its place in the rule; all others are the rule's params.
PLACES = {"InputFile": "input", "OutputFile": "output", "Wildcard": "wildcards", "Resource": "resources"}


class Scripts:
    """The scripts of some packages: one is taken from the first package that has it.

    ``before`` is what the shell does before it runs one.
    """

    def __init__(self, root: Path, packages: Sequence[str], before: str = "") -> None:
        self.before = before
        self._folders = {package: root / package.replace(".", "/") for package in packages}

    def module(self, name: str) -> str:
        """Dotted name of a script's module. Raises ValueError where there is no such script."""
        for package, folder in self._folders.items():
            if (folder / f"{name}.py").is_file():
                return f"{package}.{name}"
        raise ValueError(f"there is no script {name}.py in {' or '.join(self._folders)}")

    def arguments(self, name: str) -> dict[str, str]:
        """Parameters of a script's ``main`` with their places in the rule (see :func:`arguments_of`)."""
        package = self.module(name).rpartition(".")[0]
        return arguments_of(self._folders[package] / f"{name}.py")

    def inputs(self, name: str) -> list[str]:
        """Names of the input files of a script."""
        return [key for key, place in self.arguments(name).items() if place == "input"]

    def run(self, name: str) -> str:
        """The shell command of a rule: ``python -m`` with all arguments, as Snakemake will fill them in."""
        options = [_option(key, f"{{{place}.{key}:q}}", place) for key, place in self.arguments(name).items()]
        return " ".join([f"{self.before}python -m {self.module(name)}", *options, "> {log:q} 2>&1"])

    def command(self, script: str, /, **params: str) -> Callable[[Any, Any, Any], str]:
        """The same for a rule made in a loop, whose command Snakemake would read when the loop is over: a function for
        the rule's ``params``, which takes its options from ``params`` given here and from the job's files."""
        module, arguments = self.module(script), self.arguments(script)

        def command(wildcards: Any, input: Any, output: Any) -> str:
            places = {"input": input, "output": output, "wildcards": wildcards}
            words = [f"python -m {module}"]
            for key, place in arguments.items():
                value = params[key] if place == "params" else getattr(places[place], key)
                words.append(_option(key, shlex.join([value] if isinstance(value, str) else value), place))
            return " ".join(words)

        return command


def _option(key: str, value: str, place: str) -> str:
    """With an equals sign for parameters, which may begin with a dash, and without for files, which may be many."""
    return f"--{key.replace('_', '-')}{'=' if place == 'params' else ' '}{value}"


def arguments_of(script: Path) -> dict[str, str]:
    """Parameters of a script's ``main``, each with its place in the rule: input, output, wildcards, resources, params.

    The script is read, not imported. Raises ValueError for one without a ``main``, or with a parameter without a type.
    """
    for node in parse_own(read_own_bytes(script), script).body:
        if isinstance(node, ast.FunctionDef) and node.name == "main":
            parameters = [*node.args.args, *node.args.kwonlyargs]
            if untyped := [parameter.arg for parameter in parameters if parameter.annotation is None]:
                raise ValueError(f"{script}: main: {untyped[0]} has no type, which says what it is to the rule")
            return {parameter.arg: _place(parameter.annotation) for parameter in parameters if parameter.annotation}
    raise ValueError(f"{script}: no function main, so its rule cannot know what it reads and writes")


def _place(annotation: ast.expr) -> str:
    names = [node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)]
    return next((PLACES[name] for name in names if name in PLACES), "params")
