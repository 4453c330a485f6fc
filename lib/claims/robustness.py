"""Which verdicts would be others under other rules: stricter with many tests, or with other margins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lib.claims.record import MARGINS
from lib.claims.verdicts import Verdict, combined
from lib.report.statistics import ALPHA, adjusted

Decisions = Mapping[str, Mapping[str, Any]]  # as in claims.json, by id
ADJUSTMENTS = ("holm", "fdr_bh")


def changed(decisions: Decisions) -> dict[str, list[str]]:
    """The ids of the claims whose verdict changes, by rule.

    ``holm`` and ``fdr_bh``: with all p values of all claims adjusted together (:func:`lib.report.statistics.adjusted`);
    ``halved`` and ``doubled``: with every margin so.
    """
    tested = {key: decision for key, decision in decisions.items() if decision["verdict"] != "not tested"}
    found = {name: [key for key, d in tested.items() if d["otherwise"][name] != d["verdict"]] for name in MARGINS}
    ps = [comparison["p"] for comparison in _comparisons(tested)]
    for method in ADJUSTMENTS:
        of_test = iter(adjusted(ps, method))
        verdicts = {key: _verdict(decision, of_test) for key, decision in tested.items()}
        found[method] = [key for key, verdict in verdicts.items() if verdict != tested[key]["verdict"]]
    return found


def _comparisons(decisions: Decisions) -> list[Mapping[str, Any]]:
    """All that have a p value, in order."""
    parts = (part for decision in decisions.values() for part in decision["parts"])
    return [comparison for part in parts for comparison in part["comparisons"] if comparison["p"] is not None]


def _verdict(decision: Mapping[str, Any], ps: Iterator[float]) -> Verdict:
    """The verdict with comparisons open whose adjusted p value, the next of ``ps``, is 5% or more."""
    return combined(
        ("open" if comparison["p"] is not None and next(ps) >= ALPHA else comparison["outcome"], part["premise"])
        for part in decision["parts"]
        for comparison in part["comparisons"]
    )
