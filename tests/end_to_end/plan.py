"""What a finished run's own records say about which rule reads and runs what."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Project


@dataclass
class Plan:
    """Rules by the files they read (``readers``), the scripts they run (``runners``) and the modules that these are
    told to load (``loaders``), and what follows from what.

    ``makers`` has the rule of each file, ``followers`` the files that are made from it. Taken from
    ``snakemake --detailed-summary``: Snakemake's records of the commands that ran, not the rules' text.
    """

    readers: dict[str, set[str]] = field(default_factory=dict)
    runners: dict[str, set[str]] = field(default_factory=dict)
    loaders: dict[str, set[str]] = field(default_factory=dict)
    makers: dict[str, str] = field(default_factory=dict)
    followers: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project) -> Plan:
        done = project.snakemake("--detailed-summary")
        assert done.returncode == 0, done.stdout[-3000:]
        lines = done.stdout[done.stdout.index("output_file\t") :].splitlines()
        plan = cls()
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            rule = row["rule"]
            plan.makers[row["output_file"]] = rule
            for path in row["input-file(s)"].split(","):
                plan.readers.setdefault(path, set()).add(rule)
                plan.followers.setdefault(path, set()).add(row["output_file"])
            script = re.search(r"python -m scripts\.(\w+)", row["shellcmd"])
            assert script, row
            plan.runners.setdefault(script[1], set()).add(rule)
            if loaded := re.search(r"--module=([\w.]+)", row["shellcmd"]):
                plan.loaders.setdefault(loaded[1], set()).add(rule)
        return plan

    @property
    def rules(self) -> set[str]:
        return set(self.makers.values())

    def after(self, rules: Iterable[str]) -> set[str]:
        """The rules given and all that read, directly or through others, what they write, job by job."""
        first = set(rules)
        return first | self._following(path for path, rule in self.makers.items() if rule in first)

    def after_files(self, paths: Iterable[str]) -> set[str]:
        """The rules of all that is made, directly or through others, of these files, job by job."""
        return self._following(follower for path in paths for follower in self.followers.get(path, ()))

    def _following(self, paths: Iterable[str]) -> set[str]:
        found: set[str] = set()
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self.followers.get(path, ())
        return {self.makers[path] for path in found}

    def readers_of(self, paths: Iterable[str]) -> set[str]:
        return {rule for path in paths for rule in self.readers.get(path, ())}
