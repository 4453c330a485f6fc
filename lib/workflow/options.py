"""What Snakemake must be told to make a run again, as a user would type it."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Collection, Mapping
from typing import Any


def options_of(snakefile: str, given: Any, kept_out: Collection[str] = ()) -> str:
    """The Snakefile, unless it is the usual one, and what ``--configfile`` and ``--config`` have given.

    ``given`` are Snakemake's ``ConfigSettings``; what is ``kept_out`` of them (dotted paths) decides no result.
    """
    words = [] if snakefile == "Snakefile" else ["-s", snakefile]
    if given.configfiles:
        words += ["--configfile", *map(os.path.relpath, given.configfiles)]
    typed = {word.partition("=")[0]: word for word in given.config_args or ()}
    values = [
        f"{key}={json.dumps(value, ensure_ascii=False)}" if isinstance(value, Mapping) else typed[key]  # JSON is YAML
        for key, value in without(given.config, kept_out).items()
    ]
    if values:
        words += ["--config", *values]
    return shlex.join(words)


def without(values: Mapping[str, Any], kept_out: Collection[str], prefix: str = "") -> dict[str, Any]:
    """Nested ``values`` but those that are ``kept_out``, by dotted paths."""
    found = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        left = without(value, kept_out, f"{name}.") if isinstance(value, Mapping) else value
        if name not in kept_out and (left or left == value):
            found[key] = left
    return found
