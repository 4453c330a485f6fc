"""Checks of a configuration against the classes that a report hands over, one line for the first thing wrong."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import json
import os
import re
import typing
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from lib.claims.schema import Claim, ClaimsError, parse_claims
from lib.report.texts import Outline, experiments_of
from lib.report.yaml_files import read_yaml
from lib.workflow.own_files import read_own, read_own_yaml

IN_YAML = " (in YAML, write 1.0e-3 rather than 1e-3 and leave out quotation marks)"
QUOTED_IN_YAML = " (in YAML, numbers, dates, on, off, yes and no need quotation marks to be texts)"
# Snakemake reads what stands inside of braces and brackets as texts, and all else as a number if it can.
WAY_OUT = "write it into a file and name that by --configfile"
OPTION = "--config or the profile's config"  # Snakemake makes no difference between them
IN_OPTION = f" (--config takes all that is inside braces for texts: {WAY_OUT})"
QUOTED_IN_OPTION = f" (--config takes for a number what looks like one: {WAY_OUT})"

# What pydantic calls by JSON's names.
EXPECTED = dict.fromkeys(("list_type", "tuple_type"), "expected a list")
EXPECTED |= dict.fromkeys(("dict_type", "model_type", "dataclass_type"), "expected keys with values")


class ConfigurationError(ValueError):
    """The configuration cannot be used; the text is one line for the user."""


class Strict(BaseModel):
    """Unknown keys, wrong types and numbers that are not finite are errors, in the dataclasses inside as well."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ReportSection(Strict):
    """What the first page says of people."""

    author: str = ""
    student_number: str = ""
    supervisor: str = ""


class ClaimsSection(Strict):
    """The experiments beside the report's own, in the configuration also ``all``."""

    experiments: list[str]


class RunConfiguration(Strict):
    """What every report has in its configuration; each adds its own sections."""

    run: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]
    report: ReportSection
    claims: ClaimsSection


Schema = TypeVar("Schema", bound=RunConfiguration)


def validate(config: Mapping[str, Any], schema: type[Schema], experiments: Sequence[str]) -> Schema:
    """The configuration as its class; raises ConfigurationError on the first thing wrong.

    ``experiments`` are those that a run may have.
    """
    _check_plain(config)
    try:
        # As JSON, lists become tuples and whole numbers become floats where that is meant, and nothing else does.
        checked = schema.model_validate_json(json.dumps(config))
    except ValidationError as error:
        raise ConfigurationError(one_line(error, schema)) from None
    wanted = checked.claims.experiments
    for place, name in enumerate(wanted):
        if name not in experiments:
            allowed = ", ".join(experiments)
            raise ConfigurationError(f"claims.experiments.{place}: unknown value {name!r}; allowed: {allowed}")
        if name in wanted[:place]:
            raise ConfigurationError(f"claims.experiments: {name!r} is there twice")
    return checked


def _check_plain(value: Any, *path: str) -> None:
    """Raise ConfigurationError for what YAML has and a configuration has no use for: dates, sets, numbers as keys.

    Nor has it a use for control characters, which would make pages that no program takes for text.
    """
    where = ".".join(path)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ConfigurationError(f"{'.'.join((*path, str(key)))}: a key must be a text{QUOTED_IN_YAML}")
            _check_plain(inner, *path, key)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            _check_plain(inner, *path, str(place))
    elif isinstance(value, str):
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
            raise ConfigurationError(f"{where}: a line end or another control character in {_got(value)}; leave it out")
    elif isinstance(value, datetime.date):
        raise ConfigurationError(f"{where}: a date, {value}{QUOTED_IN_YAML}")
    elif not isinstance(value, bool | int | float | None):
        allowed = "texts, numbers, true, false, null, lists, keys with values"
        raise ConfigurationError(f"{where}: unknown type {type(value).__name__}; allowed: {allowed}")


def with_all_experiments(config: Mapping[str, Any], experiments: Sequence[str]) -> Mapping[str, Any]:
    """The configuration with the names of all ``experiments`` where it says ``all``."""
    claims = config.get("claims")
    if isinstance(claims, Mapping) and claims.get("experiments") == "all":
        return {**config, "claims": {**claims, "experiments": list(experiments)}}
    return config


def load_configuration(
    config: Mapping[str, Any],
    files: Iterable[str | Path],
    report: Path,
    schema: type[Schema],
    check: Callable[[Mapping[str, Any], Schema], None] | None = None,
    over: Mapping[str, Any] | None = None,
    by: str = OPTION,
) -> Mapping[str, Any]:
    """The configuration once it has been found good, by ``schema`` and by ``check``.

    Where it is not, the process ends with one line that names ``files``, or ``by`` where the key is in what that has
    laid ``over`` them, the key, and what is allowed. ``report`` is the folder whose captions name the experiments.
    """
    files = list(files)
    for file in files:
        read_configuration(file)
    try:
        experiments = experiments_of(read_yaml(report / "captions.yaml"))
    except ValueError as error:
        raise SystemExit(f"{os.path.relpath(report)}/{error}") from None
    config = with_all_experiments(config, experiments)
    try:
        checked = validate(config, schema, experiments)
        if check:
            check(config, checked)
    except ConfigurationError as error:
        text = str(error)
        if _has(over or {}, text.partition(":")[0].split(".")):
            if by == OPTION:
                text = text.replace(IN_YAML, IN_OPTION).replace(QUOTED_IN_YAML, QUOTED_IN_OPTION)
            raise SystemExit(f"{by}: {text}") from None
        names = [*map(os.path.relpath, files), *([by] if over else [])]
        raise SystemExit(f"{' + '.join(names)}: {text}") from None
    return config


def _has(value: Any, path: Sequence[str]) -> bool:
    """Whether all of ``path`` leads into a nested value, or ends at a single one on the way."""
    if isinstance(value, Mapping) and path:
        return path[0] in value and _has(value[path[0]], path[1:])
    return True


def read_configuration(file: str | Path) -> Mapping[str, Any]:
    """One file of a configuration; where it cannot be read, the process ends with one line that names it."""
    found = read_own_yaml(Path(file))
    if not isinstance(found, Mapping):
        raise SystemExit(f"{os.path.relpath(file)}: expected keys with values, such as run: main")
    return found


def load_claims(path: Path, outline: Outline, experiments: Sequence[str]) -> dict[str, Claim]:
    """The claims of a file; where it cannot be used, the process ends with one line that says why."""
    try:
        return parse_claims(read_own(path), os.path.relpath(path), outline, experiments)
    except ClaimsError as error:
        raise SystemExit(str(error)) from None


def one_line(error: ValidationError, schema: type[BaseModel]) -> str:
    """The first thing wrong: the key, what is wrong with it, and what is allowed."""
    # Unknown keys come first: a misspelt key is also reported as a missing one.
    problems = sorted(error.errors(), key=lambda e: e["type"] not in ("extra_forbidden", "unexpected_keyword_argument"))
    first = problems[0]
    path = [str(part) for part in first["loc"] if part != "[key]"]
    where, kind, context = ".".join(path), first["type"], first.get("ctx", {})
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        allowed = _keys_at(path[:-1], schema)
        near = difflib.get_close_matches(path[-1], allowed, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; allowed: {', '.join(allowed)}" if allowed else ""
        return f"{where}: unknown key {path[-1]!r}{hint}"
    if kind in ("missing", "missing_argument"):
        return f"{where}: this key is missing"
    if kind == "literal_error":
        listed = context["expected"].replace("'", "").replace(" or ", ", ")
        hint = " (in YAML, on, off, yes and no need quotation marks)" if isinstance(first["input"], bool) else ""
        return f"{where}: unknown value {_got(first['input'])}; allowed: {listed}{hint}"
    if kind == "value_error":
        text = str(context["error"])
        return (
            f"{where}.{text}" if text.split(":")[0].replace(".", "").replace("_", "").isalnum() else f"{where}: {text}"
        )
    expected = EXPECTED.get(kind) or f"{first['msg'][0].lower()}{first['msg'][1:]}"
    hint = ""
    if kind in ("float_type", "int_type") and isinstance(first["input"], str):
        hint = IN_YAML
    if kind == "bool_type":
        hint = "; allowed: true, false, without quotation marks"
    if kind == "string_type" and isinstance(first["input"], int | float):
        hint = QUOTED_IN_YAML
    return f"{where}: {expected}, got {_got(first['input'])}{hint}"


def _got(value: Any) -> str:
    """A wrong value as messages show it; an address may have a password in it."""
    return "an address" if re.search("://|[@?]", str(value)) else repr(value)


def _keys_at(path: list[str], schema: type[BaseModel]) -> list[str]:
    """Keys that the schema allows below ``path``."""
    place: Any = schema
    for part in path:
        fields = _fields(place)
        if fields is not None:
            place = fields.get(part)
        else:
            arguments = get_args(_plain(place))
            place = arguments[-1] if arguments else None
    fields = _fields(place)
    if fields is not None:
        return list(fields)
    keys = get_args(_plain(place))
    return [str(key) for key in get_args(keys[0])] if keys else []


def _plain(annotation: Any) -> Any:
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _fields(annotation: Any) -> dict[str, Any] | None:
    kind = _plain(annotation)
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel)):
        hints = typing.get_type_hints(kind, include_extras=True)
        names = kind.model_fields if issubclass(kind, BaseModel) else [f.name for f in dataclasses.fields(kind)]
        return {name: hints[name] for name in names}
    return None
