"""From parts to each of the five verdicts, whatever is open, missing or wrong."""

import numpy as np
import pytest

from lib.claims.schema import Claim, Dose
from lib.claims.verdicts import VERDICTS, combined, decide
from tests.claims.made_up import ABOUT, HIGH, NONE, OPPOSITE, WIDE, claim, draws, numbers, part, results

FEW = HIGH[:2]
REFERENCE = {"reference": {"value": 5.0, "unit": "points", "source": {"zh": "表", "en": "a table"}}}
NEEDS = {"needs": "conv_init"}
FULL = {"recipe": "original", "images": 45000, "epochs": 100}


def verdict(*values, parts=({}, {}), **more):
    return decide(claim(*parts[: len(values)], **more), results(*values)).verdict


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((HIGH, HIGH), "reproduced"),
        ((HIGH, NONE), "partly"),
        ((NONE, HIGH), "partly"),
        ((NONE, NONE), "contradicted"),
        ((OPPOSITE, NONE), "contradicted"),
        ((HIGH, WIDE), "inconclusive"),
        ((HIGH, FEW), "not tested"),
    ],
)
def test_every_verdict_can_be_given(values, expected):
    assert verdict(*values) == expected


def test_there_are_five_verdicts():
    assert VERDICTS == ("reproduced", "partly", "contradicted", "inconclusive", "not tested")


def test_a_premise_that_fails_contradicts_the_claim():
    assert verdict(NONE, HIGH, parts=({"premise": True}, {})) == "contradicted"
    assert verdict(HIGH, NONE, parts=({"premise": True}, {})) == "partly"


@pytest.mark.parametrize("unknown", ["open", "untestable"])
def test_an_open_part_that_cannot_change_the_verdict_does_not_hold_it_up(unknown):
    assert combined([("fails", True), (unknown, False)]) == "contradicted"
    assert combined([("holds", False), ("fails", False), (unknown, False)]) == "partly"
    assert combined([("holds", False), ("fails", False), (unknown, True)]) != "partly"  # the premise may fail
    assert (
        combined([("holds", False), (unknown, False)]) == {"open": "inconclusive", "untestable": "not tested"}[unknown]
    )


def test_every_comparison_counts_for_itself():
    entry = {"kind": "dominates", "first": ["p"], "second": ["q", "r"], "about": ABOUT}
    entry["metrics"] = {"x.a": {"better": "greater", "margin": 1.0}}
    asked = Claim.model_validate({"section": "x", "text": ABOUT, "parts": [entry]})
    given = numbers(**{"a.p": HIGH, "a.q": NONE, "a.r": [value - 0.1 for value in HIGH]})
    assert decide(asked, given).verdict == "partly"


def test_many_open_comparisons_are_settled_at_once():
    many = [("open", False)] * 60
    assert combined([*many, ("holds", False)]) == "inconclusive"
    assert combined([*many, ("holds", False), ("fails", False)]) == "partly"
    assert combined(many) == "inconclusive"


def test_one_training_is_not_tested_whatever_it_gives():
    found = decide(claim({}), results([50.0]))
    assert (found.verdict, found.lacks, found.needed) == ("not tested", "seeds", 3)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (FULL, "reproduced"),
        (FULL | {"epochs": 200}, "reproduced"),
        (FULL | {"recipe": "compressed"}, "not tested"),
        (FULL | {"images": 4000}, "not tested"),
        (FULL | {"epochs": 6}, "not tested"),
        (None, "not tested"),
    ],
)
def test_a_claim_about_a_training_is_tested_by_that_training_alone(got, expected):
    doses = {} if got is None else {"cnn": Dose(**got)}
    found = decide(claim({}, evidence={"cnn": FULL}), results(HIGH), doses=doses)
    assert found.verdict == expected
    assert found.parts[0].outcome == "holds"  # shown beside it
    if expected == "not tested":
        assert (found.lacks, found.trained) == ("training", {"cnn": doses.get("cnn")})


@pytest.mark.parametrize("more", [REFERENCE, {"evidence": {"cnn": {}}}])
def test_sample_data_test_nothing_about_the_real_ones(more):
    found = decide(claim({}, **more), results(HIGH), doses={"cnn": Dose()}, is_sample=True)
    assert (found.verdict, found.lacks) == ("not tested", "real data")
    assert decide(claim({}), results(HIGH), is_sample=True).verdict == "reproduced"


def test_a_claim_whose_experiment_is_not_in_the_run_is_not_tested():
    found = decide(claim({}, **NEEDS), results(HIGH))
    assert (found.verdict, found.lacks) == ("not tested", "experiment")
    assert decide(claim({}, **NEEDS), results(HIGH), experiments=["conv_init"]).verdict == "reproduced"


def barely(side):
    """Ten runs that pass the limit of 1 (``side`` 1) or miss it (-1) with p = 0.03."""
    return draws(1 + side * 0.81, 1.0, 10)


def test_a_conjunction_needs_no_adjustment_to_hold():
    found = decide(claim({}, {}, {}), results(barely(1), barely(1), barely(1)))
    assert found.verdict == "reproduced"
    assert 0.02 < found.parts[0].findings[0].p < 0.05


def test_one_of_many_that_fails_by_chance_does_not_fail():
    alone = decide(claim({}), results(barely(-1)))
    assert alone.verdict == "contradicted"
    found = decide(claim({}, {}, {}), results(barely(-1), HIGH, HIGH))
    finding = found.parts[0].findings[0]
    assert (found.verdict, finding.outcome) == ("inconclusive", "open")
    assert finding.p_adjusted == pytest.approx(3 * finding.p)


def test_margins_may_be_scaled():
    asked = claim({})
    assert [decide(asked, results(draws(1.5, 0.3, 8)), margins=m).verdict for m in (0.5, 1.0, 2.0)] == [
        "reproduced",
        "reproduced",
        "contradicted",
    ]


def test_a_number_that_no_section_gives_is_an_error():
    with pytest.raises(ValueError, match=r"x\.0"):
        decide(claim({}), {})


# Halving the seeds


KINDS = [
    {"kind": "above", "margin": 1.0},
    {"kind": "equivalent", "margin": 1.0},
    {"kind": "predicts", "value": 0.0, "margin": 3.5},
    {"kind": "dominates"},
]


def decided(entry, runs):
    """The verdict by one part of this kind; of two arms the other one has nothing but zeros."""
    if entry["kind"] != "dominates":
        return decide(claim({**entry}), results(runs)).verdict
    metrics = {"x.loss": {"better": "greater", "margin": 1.0}}
    asked = part(kind="dominates", first=["a"], second=["b"], metrics=metrics, min_seeds=5)
    whole = claim({}).model_copy(update={"parts": [asked]})
    return decide(whole, numbers(**{"loss.a": runs, "loss.b": [0.0] * len(runs)})).verdict


RANK = {"contradicted": 0, "inconclusive": 0, "not tested": 0, "reproduced": 1}


@pytest.mark.parametrize("entry", KINDS, ids=lambda entry: entry["kind"])
def test_half_the_seeds_with_the_same_mean_and_spread_never_reproduce_more(entry):
    for mean in np.linspace(-6, 6, 49):
        found = [decided(entry, draws(mean, 1.0, n)) for n in (5, 10, 20, 40)]
        assert [RANK[verdict] for verdict in found] == sorted(RANK[verdict] for verdict in found), (mean, found)


@pytest.mark.parametrize("entry", KINDS, ids=lambda entry: entry["kind"])
def test_half_the_seeds_reproduce_a_claim_no_more_often(entry):
    rng = np.random.default_rng(0)
    for mean in (0.0, 0.9, 1.2, 2.2, 3.0):
        draws_of = rng.normal(mean, 1.0, size=(120, 12))
        whole, half = (sum(decided(entry, list(runs[:n])) == "reproduced" for runs in draws_of) for n in (12, 6))
        # Two counts of 120 differ by chance with a standard deviation of at most 7.7.
        assert half <= whole + 15, mean
