"""Some claims of report/claims.yaml, by results made up so that they must come out in one way."""

from pathlib import Path

import pytest

from lib.claims.schema import Dose, parse_claims
from lib.claims.sentences import sentence
from lib.claims.verdicts import decide
from lib.report.summary import Summary
from lib.report.texts import load_texts
from tests.claims.made_up import draws

REPORT = Path(__file__).parents[2] / "report"
CLAIMS = parse_claims((REPORT / "claims.yaml").read_text(encoding="utf-8"), "claims.yaml")
LABELS = load_texts(REPORT).labels


def decided(key, means, n=5, spread=0.1, unit="points"):
    """The decision on a claim whose trainings are as it asks, from ``n`` runs around each of ``means`` by metric."""
    summary = Summary()
    for metric, mean in means.items():
        summary.add_runs(metric, draws(mean, spread, n), unit)
    claim = CLAIMS[key]
    doses = {name: Dose(**dose.model_dump()) for name, dose in claim.evidence.items()}
    return decide(claim, summary.numbers, experiments=[claim.needs], doses=doses)


GAINS = ("conv_init.gain.plain", "conv_init.gain.batchnorm")
TRAINS = ("conv_init.over_guessing.normal.plain", "conv_init.over_guessing.normal.batchnorm")


@pytest.mark.parametrize(
    ("gains", "over_guessing", "verdict"),
    [
        ((16, 6), (40, 60), "partly"),  # it helps, and the network trains either way
        ((16, 6), (0, 0), "reproduced"),
        ((0, 0), (60, 60), "contradicted"),
        ((16, 0), (0, 60), "partly"),
    ],
)
def test_convolutions_need_an_initialisation_without_which_they_do_not_train(gains, over_guessing, verdict):
    means = dict(zip((*GAINS, *TRAINS), (*gains, *over_guessing), strict=True))
    assert decided("conv-needs-he", means).verdict == verdict


def test_a_sentence_of_clauses_with_subjects_of_their_own():
    means = dict(zip((*GAINS, *TRAINS), (16, 6, 40, 60), strict=True))
    found = sentence(decided("conv-needs-he", means), LABELS["en"], "en")
    assert found.startswith(
        "Without batch norm He initialisation gains 16.00 points over N(0, 0.01²); with batch norm He"
    )
    assert found.endswith("train too (60.00 points above guessing).")


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [(0.556, "reproduced"), (0.53, "contradicted"), (0.58, "contradicted"), (0.563, "inconclusive")],
)
def test_a_published_accuracy_is_what_one_more_run_may_give(mean, verdict):
    assert decided("mlp-cifar-54", {"cifar.test_accuracy.mlp": mean}, 8, 0.003, "percent").verdict == verdict


def test_only_the_training_whose_rate_is_held_tells_what_a_drop_does():
    assert decided("lr-drop-jump", {"rate_drops.fork": 9.0}).verdict == "reproduced"
    assert decided("lr-drop-jump", {"rate_drops.fork": 0.0}).verdict == "contradicted"


@pytest.mark.parametrize(
    ("edge", "colour", "verdict"),
    [(9, 5, "reproduced"), (9, 0, "partly"), (0, -1, "contradicted"), (1.02, 5, "inconclusive")],
)
def test_detectors_are_counted_over_networks(edge, colour, verdict):
    means = {"cifar.filters.surplus.edge": edge, "cifar.filters.surplus.colour": colour}
    assert decided("filters-edges-colours", means, 3, 0.1, "count").verdict == verdict


def test_far_less_on_the_validation_images_is_a_part_of_its_own():
    accuracies = {"overfit.train_accuracy": 0.9999, "overfit.val_accuracy": 0.25}
    means = {f"{name}.{network}": value for name, value in accuracies.items() for network in ("three", "five")}
    means |= {f"overfit.gap.{network}": 70.0 for network in ("three", "five")}
    found = decided("overfit-no-generalisation", means, 20, 1e-5, "plain")
    assert [part.outcome for part in found.parts] == ["holds"] * 4 + ["fails"] * 2
    assert found.verdict == "partly"
