"""A script's arguments are the interface of its rule: what the job reads and writes stands there, and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[2] / "scripts"
# What a type in the script's ``Arguments`` says about the place in the rule; all others are the rule's params.
PLACES = {"InputFile": "input", "OutputFile": "output", "Wildcard": "wildcards", "Resource": "resources"}


def arguments_of(script: Path) -> dict[str, str]:
    """Names of a script's arguments, each with where its rule has it: input, output, wildcards, resources or params.

    The script is read, not imported. Raises ValueError for one without a class ``Arguments``.
    """
    for node in ast.parse(script.read_bytes(), filename=str(script)).body:
        if isinstance(node, ast.ClassDef) and node.name == "Arguments":
            fields = [
                item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            ]
            return {field.target.id: _place(field.annotation) for field in fields}  # type: ignore[union-attr]
    raise ValueError(f"{script}: no class Arguments, so its rule cannot know what it reads and writes")


def _place(annotation: ast.expr) -> str:
    names = [node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)]
    return next((PLACES[name] for name in names if name in PLACES), "params")


def inputs_of(name: str) -> list[str]:
    """Names of the input files of a script."""
    return [key for key, place in arguments_of(SCRIPTS / f"{name}.py").items() if place == "input"]


def run_script(name: str) -> str:
    """The shell command of a rule: ``python -m scripts.NAME`` with its arguments, as Snakemake will fill them in."""
    arguments = arguments_of(SCRIPTS / f"{name}.py")
    options = [f"--{key.replace('_', '-')} {{{place}.{key}}}" for key, place in arguments.items()]
    return " ".join([f"python -m scripts.{name}", *options, "> {log} 2>&1"])


def command_of(script: str, **params: str) -> Callable[[Any, Any, Any], str]:
    """The same for a rule made in a loop, whose command Snakemake would read when the loop is over: a function for the
    rule's ``params``, which takes its options from ``params`` given here and from the job's files."""
    arguments = arguments_of(SCRIPTS / f"{script}.py")

    def command(wildcards: Any, input: Any, output: Any) -> str:
        places = {"input": input, "output": output, "wildcards": wildcards}
        words = [f"python -m scripts.{script}"]
        for key, place in arguments.items():
            value = params[key] if place == "params" else getattr(places[place], key)
            words += [f"--{key.replace('_', '-')}", value if isinstance(value, str) else " ".join(value)]
        return " ".join(words)

    return command
