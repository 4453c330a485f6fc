"""What Snakemake's rules read and write, written down for the jobs that tell where a result comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lib.report.provenance import pattern_regex
from lib.workflow.files import code_digest, stable_json
from lib.workflow.own_files import read_own
from lib.workflow.small_files import SmallFiles

_CONSTRAINT = re.compile(r",[^{}]*(?=\})")  # of a wildcard, which Snakemake writes behind its name


class RuleFiles:
    """Three small files of a run.

    ``catalogue`` says what each rule reads and writes (see :mod:`lib.report.provenance`), ``digests`` has the digest of
    each code stamp that a rule reads, and ``makers`` says which rule makes each figure and table.
    """

    def __init__(self, files: SmallFiles) -> None:
        self._files = files
        self.catalogue, self.digests, self.makers = (
            f"{files.folder}/inputs/{name}.json" for name in ("rules", "digests", "makers")
        )

    def write(self, rules: Iterable[Any], beside: Sequence[str] = ()) -> None:
        """Write them, once all of Snakemake's rules are known.

        Ends the process with one line where a rule reads a result that no rule makes.

        Left out are rules on which nothing in the report can rest, with an output whose path begins with one of
        ``beside``.
        """
        rules = sorted(rules, key=lambda rule: rule.name)
        left_out = tuple(self._files.moved(path) for path in beside)
        self._check_makers(rules)
        catalogue, makers, digests = {}, {}, {}
        for rule in rules:
            inputs, outputs = _named(rule.input), _named(rule.output)
            if any(_CONSTRAINT.sub("", path).startswith(left_out) for paths in outputs.values() for path in paths):
                continue
            files = [path for paths in inputs.values() for path in paths]
            code = next((path for path in files if "/inputs/code/" in path), None)
            catalogue[rule.name] = {
                "inputs": {k: [p for p in v if "/inputs/" not in p] for k, v in inputs.items() if k != "code"},
                "outputs": {f"{k}{i}": p for k, v in outputs.items() for i, p in enumerate(v)},
                "settings": [path for path in files if "/inputs/settings/" in path],
                "benchmark": str(rule.benchmark) if rule.benchmark else None,
                "code": code,
            }
            if code:
                digests[code] = code_digest(read_own(self._files.here / code))
            for path in (path for paths in outputs.values() for path in paths):
                if Path(path).parent.name in ("figures", "tables"):
                    makers[Path(path).stem] = rule.name
        self._files.write(self.catalogue, stable_json(catalogue))
        self._files.write(self.digests, stable_json(digests))
        self._files.write(self.makers, stable_json(makers))

    def _check_makers(self, rules: Sequence[Any]) -> None:
        patterns = [pattern_regex(p) for rule in rules for paths in _named(rule.output).values() for p in paths]
        read = {path: rule for rule in rules for paths in _named(rule.input).values() for path in paths}
        for path, rule in read.items():
            is_result = (
                path.startswith(self._files.moved(f"{self._files.folder}/"))
                and "/inputs/" not in path
                and "{" not in path
            )
            if is_result and not any(pattern.fullmatch(path) for pattern in patterns):
                raise SystemExit(f"rule {rule.name}: no rule makes {path}, which it reads")


def _named(files: Any) -> dict[str, list[str]]:
    """Files of a rule by name; functions of wildcards have no pattern to show and are left out."""
    found: dict[str, list[str]] = {}
    names = {index: name for name, (start, end) in files._get_names() for index in range(start, end or start + 1)}
    for index, item in enumerate(files):
        if not callable(item):
            found.setdefault(names.get(index, "files"), []).append(str(item))
    return found
