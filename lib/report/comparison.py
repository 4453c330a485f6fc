"""Whether two runs agree: their numbers within what chance gives, and their verdicts.

Two means of several runs are compared by Welch's test, a mean and a single run by the prediction interval for one more
run; what differs does so after Holm's adjustment for all numbers compared. Numbers without a spread on either side are
the same or undecided: nothing tells how far chance moves them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lib.report.statistics import ALPHA, adjusted

Outcome = Literal["same", "agrees", "differs", "undecided"]
LEFT_OUT = ("table.", "runtime.")  # cells repeat numbers, and no two runs take the same time
UNTESTED = "not tested"
_CLOSE = 1e-9  # relative: what rounding in another order of sums does


@dataclass(frozen=True)
class Run:
    """What a finished run, or a published one, says of itself; ``figures`` are those of the English page by name."""

    folder: Path
    metrics: Mapping[str, Mapping[str, Any]]
    claims: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, Path]


@dataclass(frozen=True)
class Pair:
    """A number of both runs; ``p`` is adjusted for all that are compared, None where no test was made."""

    key: str
    unit: str
    first: Mapping[str, Any]
    second: Mapping[str, Any]
    outcome: Outcome
    p: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side.

    ``verdicts`` are by claim those of both where they differ, among them claims that only one of them tested.
    ``alone`` are ids that only one of them has, by which one.
    """

    first: Run
    second: Run
    pairs: tuple[Pair, ...]
    verdicts: Mapping[str, tuple[str, str]]
    claims: int
    alone: tuple[tuple[str, ...], tuple[str, ...]]
    figures: tuple[str, ...]

    def of(self, outcome: Outcome) -> list[Pair]:
        """The pairs that came out so."""
        return [pair for pair in self.pairs if pair.outcome == outcome]

    @property
    def opposed(self) -> dict[str, tuple[str, str]]:
        """The verdicts that differ where both runs tested the claim."""
        return {key: pair for key, pair in self.verdicts.items() if UNTESTED not in pair}

    @property
    def agree(self) -> bool:
        """Whether no number differs by more than chance, and no claim that both tested has two verdicts."""
        return not self.of("differs") and not self.opposed

    def line(self) -> str:
        """All of it in one line."""
        numbers = f"{len(self.of('same')) + len(self.of('agrees'))} numbers agree, {len(self.of('differs'))} differ"
        undecided = len(self.of("undecided"))
        same = self.claims - len(self.verdicts)
        verdicts = f"{same} of {self.claims} verdicts are the same, {len(self.opposed)} are opposed"
        untested = len(self.verdicts) - len(self.opposed)
        return (
            f"{self.first.folder} and {self.second.folder}: {numbers}"
            + (f", {undecided} cannot be told" if undecided else "")
            + f"; {verdicts}"
            + (f", {untested} were tested in one of them alone" if untested else "")
        )


def read_run(folder: Path) -> Run:
    """A run's folder, ``results/<run>``, or a published one; without its files a :exc:`ValueError` of one line."""
    found = []
    for name in ("metrics.json", "claims.json"):
        try:
            found.append(json.loads((folder / name).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise ValueError(f"{folder}: no {name} there; a finished run or a published report is needed") from None
        except ValueError:
            raise ValueError(f"{folder / name}: no JSON; make the run's report again") from None
    drawn = next((path for path in (folder / "report/figures", folder / "figures") if path.is_dir()), folder)
    return Run(folder, found[0], found[1], {path.stem: path for path in sorted(drawn.glob("*.*"))})


def compare(first: Run, second: Run) -> Comparison:
    """Side by side, what both have; numbers in the order of their ids."""
    pairs = tuple(_pairs(first.metrics, second.metrics))
    tested = [pair.key for pair in pairs if pair.p is not None]
    ps = dict(zip(tested, adjusted([pair.p for pair in pairs if pair.p is not None]), strict=True))
    pairs = tuple(_settled(pair, ps[pair.key]) if pair.key in ps else pair for pair in pairs)
    both = [key for key in first.claims if key in second.claims]
    verdicts = {key: (str(first.claims[key]["verdict"]), str(second.claims[key]["verdict"])) for key in both}
    alone = tuple(
        tuple(sorted(key for key in {*one.metrics} - {*other.metrics} if not key.startswith(LEFT_OUT)))
        for one, other in ((first, second), (second, first))
    )
    figures = tuple(
        name
        for name, path in first.figures.items()
        if name in second.figures and path.read_bytes() != second.figures[name].read_bytes()
    )
    differing = {key: pair for key, pair in verdicts.items() if pair[0] != pair[1]}
    return Comparison(first, second, pairs, differing, len(both), (alone[0], alone[1]), figures)


def _pairs(first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]) -> Iterator[Pair]:
    for key in sorted(first):
        if key not in second or key.startswith(LEFT_OUT):
            continue
        one, other = first[key], second[key]
        values = one["value"], other["value"]
        if values[0] == values[1] or (None not in values and math.isclose(*values, rel_tol=_CLOSE)):
            yield Pair(key, one["unit"], one, other, "same")
        elif None in values:
            yield Pair(key, one["unit"], one, other, "undecided")
        else:
            p = _p_value(one, other)
            yield Pair(key, one["unit"], one, other, "undecided" if p is None else "agrees", p)


def _settled(pair: Pair, p: float) -> Pair:
    return replace(pair, outcome="differs" if p < ALPHA else "agrees", p=p)


def _p_value(one: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    """That chance alone makes two numbers differ so much; None where neither has a spread."""
    from scipy import stats

    spreads = [number["spread"] if number["n"] > 1 else None for number in (one, other)]
    if spreads == [None, None]:
        return None
    if None in spreads:
        several, single = (other, one) if spreads[0] is None else (one, other)
        error = several["spread"] * math.sqrt(1 + 1 / several["n"])
        if not error:
            return 0.0
        return float(2 * stats.t.sf(abs(single["value"] - several["value"]) / error, several["n"] - 1))
    if not any(spreads):
        return 0.0  # two values that no seed moves
    numbers = (one["value"], one["spread"], one["n"], other["value"], other["spread"], other["n"])
    return float(stats.ttest_ind_from_stats(*numbers, equal_var=False).pvalue)
