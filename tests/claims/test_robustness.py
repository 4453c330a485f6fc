"""Which verdicts would be others under other rules."""

from lib.claims.record import record
from lib.claims.robustness import changed
from tests.claims.made_up import HIGH, claim, draws, results


def decided(asked, given):
    return record({"it": asked}, given, labels={})["it"]


def test_many_tests_take_away_what_holds_barely_and_other_margins_what_is_near():
    found = changed(
        {
            "sure": decided(claim({}), results(HIGH)),
            "barely": decided(claim({}), results(draws(1.81, 1.0, 10))),  # p = 0.03 against the margin of 1
            "near": decided(claim({}), results(draws(1.6, 0.1, 10))),
            "below": decided(claim({}), results(draws(0.8, 0.1, 10))),
            "not tested": decided(claim({}), results([5.0])),
        }
        # Which leaves nine p values, five of them large.
        | {f"open {n}": decided(claim({}), results(draws(1.0, 1.0, n))) for n in range(5, 10)}
    )
    assert found["holm"] == found["fdr_bh"] == ["barely"]
    assert {"near", "barely"} <= set(found["doubled"]) and "sure" not in found["doubled"]
    assert "below" in found["halved"] and "near" not in found["halved"]


def test_comparisons_without_a_p_value_keep_their_outcome():
    exact = {"kind": "above", "each": True, "margin": 0.0}
    found = changed(
        {
            "exact": decided(claim(exact, {}), results([5.0], HIGH)),
            "barely": decided(claim(exact, {}), results([5.0], draws(1.81, 1.0, 10))),
        }
        | {f"open {n}": decided(claim({}), results(draws(1.0, 1.0, n))) for n in range(5, 10)}
    )
    assert found["holm"] == ["barely"]
