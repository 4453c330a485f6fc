"""A verdict in words (``claim_*`` in report/labels.yaml): one plain sentence, and the statistics behind it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from lib.claims.parts import Finding
from lib.claims.schema import Dominates, Dose, seeds_asked
from lib.claims.verdicts import Decision, PartResult
from lib.report.numbers import DASH, format_number, format_p, listed
from lib.report.texts import localised

Labels = Mapping[str, str]
MOST_NAMED = 3  # comparisons that do not hold; more are counted


def sentence(decision: Decision, labels: Labels, language: str) -> str:
    """What was found, in words for every reader; of a claim that was not tested, what it lacks."""
    text = _told(decision, labels, language, MOST_NAMED)
    return _lacking(decision, labels) + labels["claim_between"] + text if decision.trained else text


def brief(decision: Decision, labels: Labels, language: str) -> str:
    """The same for the body of the report: no trainings that it would take, no comparisons that do not hold by name."""
    return _told(decision, labels, language, 0)


def _told(decision: Decision, labels: Labels, language: str, named: int) -> str:
    """What was found, with at most ``named`` of the comparisons of a part that do not hold."""
    if decision.lacks == "real data":
        return labels["claim_lacks_data"]
    if decision.lacks == "experiment":
        return labels["claim_lacks_experiment"].format(experiment=decision.claim.needs)
    found = _found(decision, labels, language, named)
    key = "claim_sentence" if not decision.trained else "claim_beside" if named else "claim_beside_brief"
    return _capital(labels[key].format(text=found))


def statistics(decision: Decision, labels: Labels, language: str) -> str:
    """Every comparison with its interval, number of runs and p value, as the items of a list in Markdown."""
    lines = []
    for result in decision.parts:
        about = _capital(localised(dict(result.part.about), language)).removesuffix(",")
        for finding, metric in zip(result.findings, _metrics(result), strict=True):
            pair = "" if metric is None else labels["claim_pair_name"].format(**_pair(finding, metric, labels))
            lines.append(
                f"- {labels['claim_statistics'].format(about=about + pair, text=_statistics(finding, labels))}"
            )
    return "\n".join(dict.fromkeys(lines))  # of too few runs, two parts about one number say the same


def deciding(decision: Decision, labels: Labels, language: str) -> str:
    """The number that decides, such as ``36.91 points (n = 5)``: of the first part that makes it that verdict."""
    wanted = {"reproduced": "holds", "partly": "fails", "contradicted": "fails", "inconclusive": "open"}
    outcome = wanted.get(decision.verdict)
    result = next((part for part in decision.parts if outcome in {found.outcome for found in part.findings}), None)
    if result is None:
        return DASH
    if isinstance(result.part, Dominates):
        key = "claim_comparisons_open" if decision.verdict == "inconclusive" else "claim_comparisons"
        return labels[key].format(**_counted(decision.findings, labels))
    finding = result.findings[0]
    values = _values(finding, labels)
    if finding.outcome == "open":
        return labels["claim_deciding_open"].format(**values)
    if finding.test == "equivalent" and finding.outcome == "holds":
        return labels["claim_deciding_within"].format(**values)
    worst = {"each_below": "high", "each_above": "low"}.get(finding.test, "estimate")
    number = values[worst]
    if result.part.counts is not None:
        number += f" {localised(dict(result.part.counts), language)}"
    return labels["claim_deciding"].format(number=number, n=finding.n) if finding.n > 1 else number


def reference_text(published: Mapping[str, Any] | None, labels: Labels) -> str | None:
    """The published value of a claim as it is printed; None where there is none."""
    if published is None:
        return None
    values = published["value"] if isinstance(published["value"], list) else [published["value"]]
    separator = "–" if published["range"] else labels["list_separator"]
    text = separator.join(format_number(value, published["unit"]) for value in values)
    return labels["points"].format(value=text) if published["unit"] == "points" else text


def _lacking(decision: Decision, labels: Labels) -> str:
    """The trainings that it would take, those that are alike together, and what the run has in their place."""
    alike: dict[tuple[str, str], list[str]] = {}
    for name, got in decision.trained.items():
        wanted = _dose(decision.claim.evidence[name], labels)
        has = labels["claim_not_in_run"] if got is None else _dose(got, labels)
        alike.setdefault((wanted, has), []).append(_named("training", name, labels))
    trainings = labels["claim_and"].join(
        labels["claim_training"].format(names=listed(names, labels), wanted=wanted, got=got)
        for (wanted, got), names in alike.items()
    )
    seeds = max(seeds_asked(part) for part in decision.claim.parts)
    key = "claim_lacks_training" if len(decision.trained) == 1 else "claim_lacks_trainings"
    return labels[key].format(trainings=trainings, seeds=seeds)


def _found(decision: Decision, labels: Labels, language: str, named: int) -> str:
    """One clause for each part: what holds, then what does not, then what is open."""
    by_outcome: dict[str, list[str]] = {}
    few: dict[tuple[int, int], list[str]] = {}  # of what too few seeds were run, told together
    for result in decision.parts:
        finding, text = result.findings[0], _clause(result, labels, language, named)
        if result.outcome == "untestable" and finding.needed is not None and finding.needed > finding.n:
            few.setdefault((finding.n, finding.needed), []).append(text)
        else:
            by_outcome.setdefault(result.outcome, []).append(text)
    held, failed = (labels["claim_and"].join(by_outcome.get(outcome, [])) for outcome in ("holds", "fails"))
    told = [_throughout(decision, labels)]
    if not named and (count := _count(decision, labels)):
        return labels["claim_and"].join([*filter(None, told), count])
    told += [labels["claim_but"].format(holds=held, fails=failed) if held and failed else held + failed]
    told += [*by_outcome.get("open", []), *by_outcome.get("untestable", [])]
    for (n, needed), texts in few.items():
        text = labels["claim_and"].join(dict.fromkeys(filter(None, texts)))
        # More runs of trainings that are not what the claim asks for would decide nothing.
        key = "claim_runs_needed" if not text else "claim_made" if decision.trained else "claim_too_few"
        told.append(labels[key].format(text=text, n=n, needed=needed))
    return labels["claim_and"].join(text for text in told if text)


def _throughout(decision: Decision, labels: Labels) -> str:
    """Which arm is ahead of which by the margin in all comparisons, and of which in how many, where they differ."""
    ahead: dict[str, dict[str, list[bool]]] = {}
    for result in decision.parts:
        for finding in result.findings if isinstance(result.part, Dominates) else ():
            assert finding.arms is not None
            first, second = finding.arms
            ahead.setdefault(first, {}).setdefault(second, []).append(finding.outcome == "holds")
    told = []
    for first, over in ahead.items():
        throughout = [_named("arm", second, labels) for second, holds in over.items() if all(holds)]
        pieces = [labels["claim_of_all"].format(others=listed(throughout, labels))] if throughout else []
        pieces += [
            labels["claim_of_some"].format(other=_named("arm", second, labels), holding=sum(holds), count=len(holds))
            for second, holds in over.items()
            if not all(holds)
        ]
        told.append(
            labels["claim_ahead"].format(
                first=_named("arm", first, labels), pieces=labels["claim_ahead_separator"].join(pieces)
            )
        )
    differ = {all(holds) for over in ahead.values() for holds in over.values()} == {True, False}
    return labels["claim_and"].join(told) if differ else ""


def _clause(result: PartResult, labels: Labels, language: str, named: int) -> str:
    about = localised(dict(result.part.about), language)
    own = result.part.says
    opposite = result.outcome == "fails" and any(finding.opposite for finding in result.findings)
    words = own.opposite if opposite else {"holds": own.holds, "fails": own.fails, "open": own.open}.get(result.outcome)
    finding = result.findings[0]
    values = _values(finding, labels) | {"about": about, "count": len(result.findings)}
    values["holding"] = sum(found.outcome == "holds" for found in result.findings)
    if words is not None:
        return localised(dict(words), language).format(**values)
    if isinstance(result.part, Dominates):
        return _dominates(result, about, labels, named)
    if result.outcome == "untestable":
        key = "claim_is" if finding.needed is not None and finding.needed > finding.n else "claim_no_value"
    elif opposite:
        key = "claim_opposite"
    elif result.outcome == "open":
        key = "claim_open_reference" if finding.test == "predicts" else "claim_open"
        key += "_adjusted" if finding.p_adjusted is not None else ""
    else:
        key = f"claim_{finding.test}_{result.outcome}"
    return labels[key].format(**values)


def _dominates(result: PartResult, about: str, labels: Labels, named: int) -> str:
    """How many comparisons hold, and those that do not, ``named`` at most; nothing where no seeds suffice for any."""
    if all(finding.outcome == "untestable" for finding in result.findings):
        return ""
    others = []
    for finding, metric in zip(result.findings, _metrics(result), strict=True):
        if finding.outcome != "holds":
            state: str = "opposite" if finding.outcome == "fails" and finding.opposite else finding.outcome
            state += "_adjusted" if state == "open" and finding.p_adjusted is not None else ""
            others.append(
                labels[f"claim_pair_{state}"].format(**_pair(finding, metric or "", labels), **_values(finding, labels))
            )
    key = "claim_some_hold" if 0 < len(others) <= named else _count_key(result.findings)
    text = labels[key].format(others=labels["list_separator"].join(others), **_counted(result.findings, labels))
    return labels["claim_about"].format(about=about, text=text)


def _count_key(compared: Sequence[Finding]) -> str:
    return "claim_all_hold" if all(finding.outcome == "holds" for finding in compared) else "claim_count_hold"


def _counted(compared: Sequence[Finding], labels: Labels) -> dict[str, Any]:
    """How many comparisons there are, how many hold and are open, and in brackets how many others of each kind."""
    kinds = {
        "opposite": sum(finding.outcome == "fails" and finding.opposite for finding in compared),
        "short": sum(finding.outcome == "fails" and not finding.opposite for finding in compared),
        "open": sum(not finding.settled for finding in compared),
    }
    told = [labels[f"claim_count_{kind}"].format(count=count) for kind, count in kinds.items() if count]
    return {
        "count": len(compared),
        "holding": sum(finding.outcome == "holds" for finding in compared),
        "open": kinds["open"],
        "rest": labels["claim_count_rest"].format(kinds=labels["list_separator"].join(told)) if told else "",
    }


def _count(decision: Decision, labels: Labels) -> str:
    """How many comparisons of a claim hold, of all its parts together, where nothing but several such parts make it."""
    compared = decision.findings
    if len(decision.parts) < 3 or not all(isinstance(result.part, Dominates) for result in decision.parts):
        return ""
    if all(finding.outcome == "untestable" for finding in compared):
        return ""
    return labels[_count_key(compared)].format(**_counted(compared, labels))


def _metrics(result: PartResult) -> list[str | None]:
    """The metric of each comparison of a part that makes several."""
    if not isinstance(result.part, Dominates):
        return [None] * len(result.findings)
    return [metric for metric, *_ in itertools.product(result.part.metrics, result.part.first, result.part.second)]


def _pair(finding: Finding, metric: str, labels: Labels) -> dict[str, str]:
    assert finding.arms is not None
    first, second = (_named("arm", arm, labels) for arm in finding.arms)
    return {"first": first, "second": second, "metric": _named("metric", metric.rpartition(".")[2], labels)}


def _named(kind: str, name: str, labels: Labels) -> str:
    """The label of an arm, a metric or a training; one without is called by its name."""
    return labels.get(f"claim_{kind}_{name}", name)


def _dose(dose: Dose, labels: Labels) -> str:
    texts = [] if dose.recipe is None else [labels["claim_by"].format(recipe=_named("recipe", dose.recipe, labels))]
    for key, value in (("images", dose.images), ("epochs", dose.epochs)):
        if value is not None:
            texts.append(labels[f"claim_{key}"].format(count=format_number(value, "count")))
    return labels["claim_dose"].join(texts)


def _statistics(finding: Finding, labels: Labels) -> str:
    values = _values(finding, labels)
    if finding.outcome == "untestable":
        return labels["claim_few" if (finding.needed or 0) > finding.n else "claim_none"].format(**values)
    if finding.test == "counted":
        return labels["claim_counted"].format(**values) + _p(finding, values, labels)
    if finding.test.startswith("each_"):
        return labels["claim_runs" if finding.n > 1 else "claim_one"].format(**values)
    if finding.test == "equals":
        return labels["claim_value"].format(**values)
    if finding.test == "predicts":
        return labels["claim_prediction"].format(**values)
    if finding.p is None:
        return labels["claim_same"].format(**values)
    text = labels["claim_interval"].format(**values) + _p(finding, values, labels)
    return text + labels["claim_images_error"].format(**values) if finding.images else text


def _p(finding: Finding, values: Mapping[str, Any], labels: Labels) -> str:
    if finding.p is None:
        return ""
    null = labels["claim_null_equivalent" if finding.test == "equivalent" else "claim_null"].format(**values)
    text = labels["claim_p"].format(p=format_p(finding.p), null=null)
    if finding.p_adjusted is not None and finding.p_adjusted != finding.p:
        text += labels["claim_adjusted"].format(p=format_p(finding.p_adjusted))
    return text


def _values(finding: Finding, labels: Labels) -> dict[str, Any]:
    size = None if finding.estimate is None else abs(finding.estimate)
    return {
        "estimate": _with_unit(finding.estimate, finding.unit, labels),
        "size": _with_unit(size, finding.unit, labels),
        "low": format_number(finding.low, finding.unit),
        "high": format_number(finding.high, finding.unit),
        "level": f"{100 * finding.level:.0f}%",
        "target": _with_unit(finding.target, finding.unit, labels),
        "margin": _difference(finding.margin, finding.unit, labels),
        "n": finding.n,
        "needed": finding.needed,
        "images": _difference(finding.images, finding.unit, labels),
    }


def _difference(value: float | None, unit: str, labels: Labels) -> str:
    """A difference of two numbers of a unit; of percentages it is in percentage points."""
    if unit == "percent" and value is not None:
        value, unit = 100 * value, "points"
    return _with_unit(value, unit, labels)


def _with_unit(value: float | None, unit: str, labels: Labels) -> str:
    text = format_number(value, unit)
    return labels["points"].format(value=text) if unit == "points" else text


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
