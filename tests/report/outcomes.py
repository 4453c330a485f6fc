"""Runs with made-up results of several outcomes, for the tests of what the report says of them."""

from __future__ import annotations

import pkgutil
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.catalogue.doses import doses
from lib.catalogue.experiments import controls
from lib.claims.record import record
from lib.claims.schema import Dose, parse_claims
from lib.claims.summary import overview, section_summary
from lib.experiments.arm_results import ArmResults
from lib.report.render import Context, Rendered, render_section
from lib.report.summary import Column, Summary, Table
from lib.report.texts import load_texts
from lib.summaries import datasets, network, runtime
from lib.workflow.run import Run
from lib.workflow.sections import summaries_printed
from lib.workflow.summaries import read_reference
from tests.studies.arm_files import ARMS
from tests.summaries.made_up import (
    CONFIG,
    SEEDS,
    made_cifar,
    made_discussion,
    made_environment,
    made_gray,
    made_mnist,
    made_near_duplicates,
    made_trials,
)
from tests.summaries.made_up_numpy import (
    PLAIN,
    REGULARISED,
    made_batch_statistics,
    made_check,
    made_cnn,
    made_data,
    made_gradients,
    made_grids,
    made_learning,
    made_norms,
    made_optimizers,
    made_overfit,
    made_printed_adam,
    made_search_budget,
    made_steps,
)

ROOT = Path(__file__).resolve().parents[2]
TEXTS = load_texts(ROOT / "report")
OUTLINE = TEXTS.outline
CLAIMS = parse_claims((ROOT / "report/claims.yaml").read_text(encoding="utf-8"), "claims.yaml")
FINALS = {"sgd": 0.2, "sgd_momentum": 0.3, "rmsprop": 0.35, "adam": 0.4}
KINDS = ("expected", "swapped", "sample")


def _experiments(kind: str, results: ArmResults) -> dict[str, Summary]:
    """Summaries of the further experiments; on sample data the run leaves them all out."""
    if kind == "sample":
        return {}
    found = {name: pkgutil.resolve_name(f"lib.studies.{name}:summarise")(results, ARMS) for name in controls()}
    chosen = dict.fromkeys(reversed(FINALS) if kind == "expected" else FINALS, 1e-2)
    near = range(40) if kind == "expected" else range(360, 400)  # which all models get right, or fewer than of others
    found["near_duplicates"] = made_near_duplicates(near, results)
    found["search_budget"] = made_search_budget(chosen, seeds=20)
    found["printed_adam"] = made_printed_adam([0.98, 0.97], [0.979, 0.975] if kind == "expected" else [0.99, 0.98])
    sizes = {"running": 0.98, 1: 0.1, 8: 0.9, 128: 0.978}
    found["batch_statistics"] = made_batch_statistics(sizes, dict.fromkeys(sizes, 0.97), seeds=3)
    return found


def _from_scratch(kind: str) -> dict[str, Summary]:
    """Sections from the network to the optimisers."""
    parts = {
        "network": network.summarise(),
        "datasets": datasets.summarise(summary=made_data(is_sample=kind == "sample")),
    }
    reference = read_reference(ROOT / "report/reference_values.yaml")
    if kind == "expected":
        parts["gradients"] = made_gradients(reference=reference)
        parts["overfit"] = made_overfit(reference=reference)
        parts["optimizers"] = made_optimizers(FINALS, seeds=20, reference=reference)
    elif kind == "swapped":
        steps, norms = made_steps({"weights": 2.0, "biases": 0.1}), made_norms({"three": 2, "five": 4})
        norms.loc[norms["network"] == "five", "gradient_norm"] = 0.0
        learning = made_learning({"three": (0.2, 0.2), "five": (0.2, 0.2)}, last_train=0.98)
        check = made_check(REGULARISED, PLAIN)
        parts["gradients"] = made_gradients(check=check, steps=steps, reference=reference)
        grid = made_grids({"three": [{}], "five": [{(1e-3, 1.0): 1.0}]})
        cnn = made_cnn(0.1, 0.15, train=0.98)
        parts["overfit"] = made_overfit(history=learning, grid=grid, gradient_norms=norms, cnn=cnn, reference=reference)
        parts["optimizers"] = made_optimizers(dict(zip(FINALS, (0.4, 0.35, 0.3, np.nan), strict=True)), seeds=6)
    else:
        parts["gradients"] = made_gradients(steps=made_steps({"weights": 0.5, "biases": 3.0}, seeds=1))
        parts["overfit"] = made_overfit(cnn=made_cnn(0.3))
        parts["optimizers"] = made_optimizers(dict.fromkeys(FINALS, 0.4), seeds=1)
    return parts


def _plain(study: str) -> Summary:
    """What the templates of a study print, with plain values: for one that nobody has made up results for."""
    summary = Summary()
    text = (ROOT / f"report/sections/{study}.en.md.j2").read_text(encoding="utf-8")
    for key in sorted(set(re.findall(rf'"({study}\.[\w.-]+)"', text))):
        summary.add_runs(key, [0.4, 0.5, 0.6], "percent")
    captions = [c for c in TEXTS.captions.values() if (c.section, c.kind) == (study, "table")]
    for caption in captions:
        if caption.experiment is None:
            summary.tables[caption.id] = Table([Column("item", {"zh": "项", "en": "Item"})], [{"item": "one"}])
    return summary


def _summaries(kind: str, results: ArmResults) -> dict[str, Summary]:
    """Results of several outcomes, so that every branch of a sentence is read at least once."""
    job = {"s": 10.0, "max_rss": 500.0, "cpu_time": 9.0, "rule": "train", "experiment": "mnist"}
    jobs = pd.DataFrame([job])
    parts = {"runtime": runtime.summarise(jobs, {"mnist": ["Some GPU"]}), "environment": made_environment("Some GPU")}
    parts |= _from_scratch(kind)
    if kind == "expected":
        many = [40, 44, 48]
        parts |= {
            "mnist": made_mnist([2, 3, 4], first=7, without=[8, 9, 10]),
            "cifar": made_cifar({"mlp": many, "cnn": [10]}),
            "gray": made_gray(SEEDS),
        }
    elif kind == "swapped":
        arms = {"mlp-rgb": [10], "mlp-gray": [14], "cnn-rgb": [40, 44], "cnn-gray": [50, 56]}
        swapped = made_cifar({"mlp": [10], "cnn": [40, 44]}, name="original", kinds=["neither"] * 64, train=0.3)
        parts |= {
            "mnist": made_mnist([50], made_trials(failed=True), train=0.5, first=7, without=[40]),
            "cifar": swapped,
            "gray": made_gray(arms),
        }
    else:  # perfect and alike, without reference values, runs or records
        arms = {arm: [0] for arm in SEEDS}
        sample = made_cifar({"mlp": [0], "cnn": [0]}, reference=None)
        parts |= {"mnist": made_mnist([0], made_trials(3)), "cifar": sample, "gray": made_gray(arms, reference=None)}
        parts |= {"runtime": runtime.summarise(jobs[:0], {}), "environment": made_environment(None)}
    others = {section: _plain(section) for section in OUTLINE.sections if section not in parts}
    parts |= {section: summary for section, summary in others.items() if summary.numbers or summary.tables}
    parts["discussion"] = made_discussion(parts["mnist"], parts["cifar"])
    parts["provenance"] = Summary(tables={"provenance": Table([Column("item", {"zh": "图", "en": "Figure"})], [])})
    return parts | _experiments(kind, results)


@dataclass(frozen=True)
class Outcome:
    """A run with made-up results."""

    run: Run
    summaries: dict[str, Summary]
    is_sample: bool

    def render(self, section: str, language: str) -> Rendered:
        """A section from the summaries and settings that its rule hands over, and from no others."""
        names = summaries_printed(self.run, section, self.summaries, CLAIMS)
        config = {name: CONFIG[name] for name in (Path(path).stem for path in self.run.settings_used(section))}
        config["claims"] = self.run.config["claims"]
        context = Context(
            {name: self.summaries[name] for name in names},
            config,
            self.run.report.texts,
            dict.fromkeys(self.run.report.texts.captions, "some_rule"),
            ROOT,
            is_sample=self.is_sample,
        )
        return render_section(section, language, ROOT / f"report/sections/{section}.{language}.md.j2", context)


def _decisions(summaries: dict[str, Summary], experiments: list[str], labels: Any, kind: str) -> dict[str, Any]:
    numbers = {key: number for summary in summaries.values() for key, number in summary.numbers.items()}
    # In one outcome the trainings are as the claims ask for, in another as this configuration has them.
    asked = {name: dose for claim in CLAIMS.values() for name, dose in claim.evidence.items()}
    own = {name: Dose(**dose) for name, dose in doses(CONFIG).items()}
    trained = own if kind == "swapped" else asked
    return record(CLAIMS, numbers, labels, experiments=experiments, doses=trained, is_sample=kind == "sample")


def made_outcome(kind: str, results: ArmResults, folder: Path) -> Outcome:
    summaries, experiments = _summaries(kind, results), list(_experiments(kind, results))
    run = Run({**CONFIG, "claims": {"experiments": experiments}}, ROOT, working_directory=folder)
    labels, is_sample = run.report.texts.labels, kind == "sample"
    decisions = _decisions(summaries, experiments, labels, kind)
    summaries["claims"] = overview(decisions, labels)
    for section in {claim.section for claim in CLAIMS.values()}:
        own = {key: decision for key, decision in decisions.items() if decision["section"] == section}
        summaries[f"claims_{section}"] = section_summary(own, labels)
    return Outcome(run, {name: Summary.from_json(part.to_json()) for name, part in summaries.items()}, is_sample)
