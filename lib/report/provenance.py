"""Where a file comes from: a walk back through the rules to settings, code and data.

The rules come as a plain catalogue, ``{rule: {"inputs": {name: [patterns]}, "outputs": {name: pattern},
"settings": [files], "code": stamp file or None,
"benchmark": pattern or None}}``, whose patterns have wildcards as Snakemake writes them
(``{seed}``, or ``{seed,[0-9]+}``). An input with a wildcard that its output lacks stands for all files of
that pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lib.report.summary import Column, Table

Catalogue = Mapping[str, Mapping[str, Any]]

_WILDCARD = re.compile(r"\{(\w+)(?:,([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\}")


@dataclass(frozen=True)
class Step:
    """One file (or all files of a pattern), and the rule that makes it from its inputs."""

    path: str
    rule: str
    inputs: tuple[str, ...]
    settings: tuple[str, ...]
    code: str | None
    benchmark: str | None = None


@dataclass(frozen=True)
class Trace:
    """All that ``path`` rests on: steps from the nearest to the farthest, and files that no rule makes."""

    path: str
    steps: tuple[Step, ...]
    sources: tuple[str, ...]

    @property
    def rule(self) -> str | None:
        """The rule that makes the file itself."""
        return self.steps[0].rule if self.steps else None

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule on the way, each once, the nearest first."""
        return _unique(step.rule for step in self.steps)

    @property
    def settings(self) -> tuple[str, ...]:
        """Every settings file on the way."""
        return _unique(name for step in self.steps for name in step.settings)

    @property
    def code(self) -> tuple[str, ...]:
        """The stamp files of all code on the way."""
        return _unique(step.code for step in self.steps if step.code)


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def pattern_regex(pattern: str) -> re.Pattern[str]:
    """Regular expression of a pattern. A wildcard matches within one folder, and also its own name in braces.

    The latter lets a pattern whose wildcards are still open find the rule that makes such files.
    """
    parts: list[str] = []
    seen: set[str] = set()
    end = 0
    for match in _WILDCARD.finditer(pattern):
        name, constraint = match[1], match[2]
        parts.append(re.escape(pattern[end : match.start()]))
        values = f"{constraint or '[^/{}]+'}|\\{{{name}\\}}"
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{values})")
        seen.add(name)
        end = match.end()
    return re.compile("".join(parts) + re.escape(pattern[end:]))


def fill(pattern: str, wildcards: Mapping[str, str]) -> str:
    """Put values into the wildcards of a pattern; the others stay open, without their constraints."""
    return _WILDCARD.sub(lambda match: wildcards.get(match[1], f"{{{match[1]}}}"), pattern)


def producer(path: str, catalogue: Catalogue) -> tuple[str, dict[str, str]] | None:
    """The rule that makes a file, and its wildcards; that with the fewest of them if several could.

    Two rules with as many are a :exc:`ValueError`.
    """
    found: list[tuple[int, str, dict[str, str]]] = []
    for rule, entry in catalogue.items():
        matches = (pattern_regex(pattern).fullmatch(path) for pattern in entry["outputs"].values())
        candidates = [match.groupdict() for match in matches if match]
        if candidates:
            wildcards = min(candidates, key=len)
            found.append((len(wildcards), rule, wildcards))
    if not found:
        return None
    found.sort(key=lambda item: item[:2])
    if len(found) > 1 and found[0][0] == found[1][0]:
        raise ValueError(f"{path} could be made by {found[0][1]} and by {found[1][1]}")
    return found[0][1], found[0][2]


def trace(path: str, catalogue: Catalogue) -> Trace:
    """Walk back from a file to all that it rests on, breadth first; each file is visited once."""
    steps: list[Step] = []
    sources: list[str] = []
    seen = {path}
    queue = [path]
    while queue:
        current = queue.pop(0)
        made = producer(current, catalogue)
        if made is None:
            sources.append(current)
            continue
        rule, wildcards = made
        entry = catalogue[rule]
        patterns = [pattern for group in entry["inputs"].values() for pattern in group]
        settings = _unique(fill(pattern, wildcards) for pattern in entry.get("settings", ()))
        code = fill(entry["code"], wildcards) if entry.get("code") else None
        # Settings and stamps may be declared among the inputs as well: they are no data.
        filled = _unique(fill(pattern, wildcards) for pattern in patterns)
        inputs = tuple(name for name in filled if name not in settings and name != code)
        benchmark = fill(entry["benchmark"], wildcards) if entry.get("benchmark") else None
        steps.append(Step(current, rule, inputs, settings, code, benchmark))
        for name in inputs:
            if name not in seen:
                seen.add(name)
                queue.append(name)
    return Trace(path, tuple(steps), tuple(sources))


def collapsed(paths: Iterable[str], catalogue: Catalogue | None = None) -> tuple[str, ...]:
    """Paths as a reader wants them: settings by their section, results as the pattern that their rule makes.

    All files of a rule become one pattern (``vision/{arm}/seed{seed}/test.npz``), and the run's folder is
    left out.
    """
    shown = []
    for path in paths:
        made = producer(path, catalogue or {})
        if made is not None:
            patterns = catalogue[made[0]]["outputs"].values()  # type: ignore[index]
            path = next(fill(pattern, {}) for pattern in patterns if pattern_regex(pattern).fullmatch(path))
        path = re.sub(r"^(.*/)?results/[^/]+/", "", path)  # in a module with a prefix, results have it too
        shown.append(re.sub(r"^inputs/settings/(.*)\.json$", r"\1", path))
    return _unique(shown)


def origins(
    items: Mapping[str, Trace],
    catalogue: Catalogue,
    digests: Mapping[str, str],
    details: Mapping[str, Mapping[str, Any]],
) -> dict[str, dict[str, Any]]:
    """Fields of ``lib.report.origin.Origin`` for each figure or table, which ``items`` maps to its trace.

    ``digests`` are those of the code stamps by file (their first digits are kept), ``details`` the fields that no
    trace has, by item: ``seeds`` and ``device``.
    """
    found = {}
    for item, trace_ in items.items():
        first = trace_.steps[0]
        found[item] = {
            "target": trace_.path,
            "rules": list(trace_.rules),
            "inputs": list(collapsed(first.inputs, catalogue)),
            "settings": list(collapsed(trace_.settings)),
            "code": digests[first.code][:12] if first.code else "",
            "data": f"../tables/{item}.csv" if trace_.path.endswith(f"/tables/{item}.csv") else None,
            **details[item],
        }
    return found


def provenance_table(
    found: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, Mapping[str, str]],
    labels: Mapping[str, Mapping[str, str]],
) -> Table:
    """Rows of appendix B from :func:`origins`; ``names`` are what the report calls the items, by language."""
    columns = [
        Column(key, {language: words[f"origin_{key}"] for language, words in labels.items()})
        for key in ("item", "rules", "inputs", "settings", "code", "seeds", "device")
    ]
    rows = [
        {
            "item": {language: f"{name}<br>`{item}`" for language, name in names[item].items()},
            "rules": _code(origin["rules"]),
            "inputs": _code(origin["inputs"]),
            "settings": _code(origin["settings"]),
            "code": _code([origin["code"]] if origin["code"] else []),
            "seeds": origin["seeds"],
            "device": origin["device"],
        }
        for item, origin in found.items()
    ]
    return Table(columns, rows)


def _code(names: Iterable[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)
