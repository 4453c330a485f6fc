"""Two runs agree where chance may explain what differs, and where no claim that both tested has two verdicts."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from lib.report.comparison import compare, read_run
from lib.report.html import page_problems
from scripts import compare_runs

RUNS = [0.981, 0.979, 0.980, 0.982, 0.978]


def number(runs: list[float]) -> dict[str, Any]:
    spread = float(np.std(runs, ddof=1)) if len(runs) > 1 else None
    return {"value": float(np.mean(runs)), "spread": spread, "n": len(runs), "unit": "percent"}


def written(folder: Path, metrics: dict[str, Any], claims: dict[str, str], figure: str = "<svg/>") -> Path:
    figures = folder / "report/figures"
    figures.mkdir(parents=True)
    (figures / "bars.svg").write_text(figure, encoding="utf-8")
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    text = {"en": "A claim.", "zh": "某论断。"}
    told = {key: {"verdict": verdict, "text": text} for key, verdict in claims.items()}
    (folder / "claims.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


METRICS = {
    "mnist.test_accuracy": number(RUNS),
    "mnist.parameters": number([242762.0]),
    "cifar.test_accuracy.cnn": number([0.93]),
    "runtime.jobs": number([100.0]),
    "table.mnist_results.1.mean": {"value": 0.98, "unit": "percent"},
}
CLAIMS = {"mnist-98": "reproduced", "cnn-92": "not tested"}


def compared(tmp_path: Path, claims: dict[str, str] = CLAIMS, **changed: Any) -> Any:
    first = written(tmp_path / "a", METRICS, CLAIMS)
    second = written(tmp_path / "b", copy.deepcopy(METRICS) | changed, claims, "<svg>other</svg>")
    return compare(read_run(first), read_run(second))


def outcomes(found: Any) -> dict[str, str]:
    return {pair.key: pair.outcome for pair in found.pairs}


def test_a_run_agrees_with_itself_whatever_time_it_took(tmp_path):
    found = compared(tmp_path, **{"runtime.jobs": number([200.0])})
    assert set(outcomes(found).values()) == {"same"}
    assert found.agree and found.figures == ("bars",)
    assert "runtime.jobs" not in outcomes(found)


@pytest.mark.parametrize(("shift", "outcome"), [(0.001, "agrees"), (0.01, "differs")])
def test_means_are_compared_by_their_spread(tmp_path, shift, outcome):
    moved = [value + shift for value in RUNS]
    found = compared(tmp_path, **{"mnist.test_accuracy": number(moved)})
    assert outcomes(found)["mnist.test_accuracy"] == outcome
    assert found.agree is (outcome == "agrees")
    [pair] = [pair for pair in found.pairs if pair.key == "mnist.test_accuracy"]
    assert pair.p == pytest.approx(stats.ttest_ind(RUNS, moved, equal_var=False).pvalue)


@pytest.mark.parametrize(("value", "outcome"), [(0.984, "agrees"), (0.986, "differs")])
def test_a_single_run_lies_where_one_more_would(tmp_path, value, outcome):
    # The 95% prediction interval of the five runs goes up to 98.48%.
    assert outcomes(compared(tmp_path, **{"mnist.test_accuracy": number([value])}))["mnist.test_accuracy"] == outcome


def test_without_any_spread_nothing_can_be_told(tmp_path):
    found = compared(tmp_path, **{"cifar.test_accuracy.cnn": number([0.92])})
    assert outcomes(found)["cifar.test_accuracy.cnn"] == "undecided"
    assert found.agree


def test_many_numbers_that_differ_by_chance_are_no_disagreement(tmp_path):
    rng = np.random.default_rng(0)
    first, second = ({f"x.{i}": number(list(rng.normal(size=5))) for i in range(200)} for _ in range(2))
    ends = [written(tmp_path / name, metrics, {}) for name, metrics in (("a", first), ("b", second))]
    found = compare(*map(read_run, ends))
    alone = [
        stats.ttest_ind_from_stats(
            *(number[key] for number in (first[x], second[x]) for key in ("value", "spread", "n"))
        )
        for x in first
    ]
    assert min(result.pvalue for result in alone) < 0.05  # each by itself, some would differ
    assert found.agree


@pytest.mark.parametrize(
    ("claims", "agree"),
    [({"mnist-98": "contradicted"}, False), ({"cnn-92": "contradicted"}, True), ({"mnist-98": "not tested"}, True)],
)
def test_verdicts_are_opposed_where_both_runs_tested_the_claim(tmp_path, claims, agree):
    found = compared(tmp_path, CLAIMS | claims)
    assert set(found.verdicts) == set(claims)
    assert found.agree is agree


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(
        ValueError, match=r"^\S+: no metrics\.json there; a finished run or a published report is needed$"
    ):
        read_run(tmp_path)


def test_the_command_writes_both_side_by_side_and_tells_by_its_exit_code(tmp_path, monkeypatch, capsys):
    first = written(tmp_path / "a", METRICS, CLAIMS)
    other = METRICS | {"mnist.test_accuracy": number([0.97, 0.971, 0.969])}
    second = written(tmp_path / "b", other, CLAIMS, "<svg>other</svg>")

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["compare_runs", *arguments, "--folder", str(tmp_path / "out")])
        return compare_runs.main()

    assert run(str(first), str(first)) == 0
    assert run(str(first), str(second), "--brief") == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("2 of 2 verdicts are the same, 0 are opposed")
    assert run(str(first), str(second)) == 1
    text = (tmp_path / "out/comparison.md").read_text(encoding="utf-8")
    assert "| `mnist.test_accuracy` | 98.00% ± 0.16% (n = 5) | 97.00% ± 0.10% (n = 3) |" in text
    assert not page_problems((tmp_path / "out/comparison.html").read_text(encoding="utf-8"))
    assert run(str(first), str(tmp_path)) == 2
    assert "no metrics.json there" in capsys.readouterr().err
