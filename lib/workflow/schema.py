"""Checks of a configuration against the classes that a report hands over, one line for the first thing wrong."""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from lib.claims.schema import Claim, ClaimsError, parse_claims
from lib.report.texts import Outline, experiments_of, read_yaml


class ConfigurationError(ValueError):
    """The configuration cannot be used; the text is one line for the user."""


class Strict(BaseModel):
    """Unknown keys and wrong types are errors, in the dataclasses inside as well."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


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

    run: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    report: ReportSection
    claims: ClaimsSection


Schema = TypeVar("Schema", bound=RunConfiguration)


def validate(config: Mapping[str, Any], schema: type[Schema], experiments: Sequence[str]) -> Schema:
    """The configuration as its class; raises ConfigurationError on the first thing wrong.

    ``experiments`` are those that a run may have.
    """
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
) -> Mapping[str, Any]:
    """The configuration once it has been found good, by ``schema`` and by ``check``.

    Where it is not, the process ends with one line that names ``files``, the key, and what is allowed. ``report`` is
    the folder whose captions name the experiments.
    """
    try:
        experiments = experiments_of(read_yaml(report / "captions.yaml"))
    except (ValueError, OSError) as error:
        raise SystemExit(f"{report.name}/{error}") from None
    config = with_all_experiments(config, experiments)
    try:
        checked = validate(config, schema, experiments)
        if check:
            check(config, checked)
    except ConfigurationError as error:
        names = " + ".join(os.path.relpath(file) for file in files)
        raise SystemExit(f"{names}: {error}") from None
    return config


def load_claims(path: Path, outline: Outline, experiments: Sequence[str]) -> dict[str, Claim]:
    """The claims of a file; where it cannot be used, the process ends with one line that says why."""
    try:
        return parse_claims(path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.name}", outline, experiments)
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
    hint = ""
    if kind in ("float_type", "int_type") and isinstance(first["input"], str):
        hint = " (in YAML, write 1.0e-3 rather than 1e-3 and leave out quotation marks)"
    return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}, got {_got(first['input'])}{hint}"


def _got(value: Any) -> str:
    """A wrong value as messages show it; an address may have a password in it."""
    return "an address" if "://" in str(value) else repr(value)


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
