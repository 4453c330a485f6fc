"""Verdicts in words: one plain sentence in both languages, and the statistics behind it."""

from pathlib import Path

import pytest

from lib.claims.schema import Dose
from lib.claims.sentences import brief, deciding, reference_text, sentence, statistics
from lib.claims.verdicts import decide
from lib.report.summary import Summary
from lib.report.texts import load_texts
from lib.workflow.job import InputFile, OutputFile
from scripts.decide_claims import main as decide_claims
from tests.claims.made_up import HIGH, NONE, OPPOSITE, WIDE, claim, draws, numbers, part, results

REPORT = Path(__file__).parents[2] / "report"
LABELS = load_texts(REPORT).labels


def told(asked, given, language="en", **more):
    return sentence(decide(asked, given, **more), LABELS[language], language)


@pytest.mark.parametrize(
    ("values", "en", "zh"),
    [
        (HIGH, "A quantity is 5.05 points, above 1.00 points.", "某量为 5.05 个百分点，高于 1.00 个百分点。"),
        (NONE, "A quantity is 0.00 points, below 1.00 points.", "某量为 0.00 个百分点，低于 1.00 个百分点。"),
        (
            OPPOSITE,
            "A quantity is −5.05 points, the other way round.",
            "某量为 −5.05 个百分点，方向与论断相反。",
        ),
        (
            HIGH[:2],
            "A quantity is 5.10 points (n = 2 of 3 needed).",
            "某量为 5.10 个百分点（n = 2，需要 3 次运行）。",
        ),
    ],
)
def test_a_sentence_says_what_was_found(values, en, zh):
    assert told(claim({}), results(values)) == en
    assert told(claim({}), results(values), "zh") == zh


def test_what_is_open_says_between_what():
    text = told(claim({}), results(WIDE))
    assert "not told apart from 1.00 points" in text and "−2.75 to 4.75" in text


OWN = {
    "says": {
        "holds": {"zh": "升高 {size}", "en": "it rises by {size}"},
        "fails": {"zh": "只有 {estimate}", "en": "it is only {estimate}"},
        "opposite": {"zh": "降低 {size}", "en": "it falls by {size}"},
    }
}


@pytest.mark.parametrize(
    ("values", "en"),
    [
        (HIGH, "It rises by 5.05 points."),
        (NONE, "It is only 0.00 points."),
        (OPPOSITE, "It falls by 5.05 points."),
    ],
)
def test_a_part_may_have_words_of_its_own(values, en):
    assert told(claim(OWN), results(values)) == en


def test_the_deciding_number_is_of_a_part_that_makes_the_verdict_and_says_what_it_counts():
    counted = {"counts": {"zh": "个滤波器", "en": "filters"}}

    def shown(*values, language="en"):
        return deciding(decide(claim(counted, *[{}] * (len(values) - 1)), results(*values)), LABELS[language], language)

    assert shown(HIGH) == "5.05 points filters (n = 6)"
    assert shown(HIGH, language="zh") == "5.05 个百分点 个滤波器（n = 6）"
    # Of a claim that holds in part it is the part that does not hold.
    assert shown(HIGH, NONE) == "0.00 points (n = 6)"


def test_an_effect_the_other_way_round_is_not_told_in_words_for_too_small_a_one():
    fails = {"says": {"fails": {"zh": "只有 {estimate}", "en": "it is only {estimate}"}}}
    assert told(claim(fails), results(OPPOSITE)) == "A quantity is −5.05 points, the other way round."


def test_what_is_open_for_the_number_of_tests_alone_says_so():
    barely = draws(0.19, 1.0, 10)  # below the margin of 1 with p = 0.03, which three tests take away
    found = told(claim({}, {}, {}), results(barely, HIGH, HIGH))
    assert "allowing for the number of tests 1.00 points cannot be ruled out" in found
    assert "作多重比较校正" in told(claim({}, {}, {}), results(barely, HIGH, HIGH), "zh")


def test_too_few_seeds_are_told_once_for_all_parts():
    assert told(claim({}, {"about": {"zh": "另一量", "en": "another"}}), results(HIGH[:2], NONE[:2])) == (
        "A quantity is 5.10 points; another is 0.00 points (n = 2 of 3 needed)."
    )


def test_what_fails_comes_after_what_holds():
    found = told(claim({}, OWN), results(NONE, HIGH))
    assert found == "It rises by 5.05 points, but a quantity is 0.00 points, below 1.00 points."
    assert told(claim({}, OWN), results(NONE, HIGH), "zh").endswith("，但某量为 0.00 个百分点，低于 1.00 个百分点。")


def test_a_claim_that_was_not_tested_says_what_it_takes_and_what_there_is_beside():
    asked = claim(OWN, evidence={"cnn-rgb": {"recipe": "original", "images": 45000, "epochs": 100}})
    doses = {"cnn-rgb": Dose(recipe="compressed", images=45000, epochs=26)}
    assert told(asked, results(HIGH), doses=doses) == (
        "Testing it takes 3 trainings of the CNN in colour by the original's recipe on 45,000 images for 100"
        " epochs (here: by the shorter recipe on 45,000 images for 26 epochs). For comparison only: it rises by 5.05"
        " points."
    )
    assert "没有这项训练" in told(asked, results(HIGH), "zh")
    assert told(asked, results(HIGH), doses=doses, is_sample=True) == LABELS["en"]["claim_lacks_data"]
    assert "`conv_init`" in told(claim({}, needs="conv_init"), results(HIGH))


def test_in_brief_a_claim_that_was_not_tested_says_what_there_is_beside():
    asked = claim(OWN, evidence={"cnn-rgb": {"recipe": "original", "images": 45000, "epochs": 100}})
    decision = decide(asked, results(HIGH), doses={"cnn-rgb": Dose(recipe="compressed", images=45000, epochs=26)})
    assert brief(decision, LABELS["en"], "en") == ("Not trained as needed; for comparison, it rises by 5.05 points.")
    assert brief(decision, LABELS["zh"], "zh") == "所需的训练没有作，仅供参考：升高 5.05 个百分点。"
    sample = decide(asked, results(HIGH), is_sample=True)
    assert brief(sample, LABELS["en"], "en") == LABELS["en"]["claim_lacks_data"]


def test_all_trainings_that_a_claim_lacks_are_named():
    whole = {"recipe": "original", "epochs": 100}
    asked = claim(OWN, evidence={"cnn-rgb": whole, "cnn-gray": whole, "mlp-rgb": whole, "held_cnn": {"epochs": 60}})
    short = Dose(recipe="original", epochs=6)
    doses = {"cnn-rgb": short, "cnn-gray": short, "mlp-rgb": Dose(**whole)}
    assert told(asked, results(HIGH), doses=doses).startswith(
        "Testing it takes 3 trainings of each: the CNN in colour and the CNN in gray by the original's recipe for 100"
        " epochs (here: by the original's recipe for 6 epochs); the CNN with its rate held, for 60 epochs (here: not"
    )


def test_statistics_name_interval_runs_p_and_its_null():
    (line,) = statistics(decide(claim({}), results(HIGH)), LABELS["en"], "en").splitlines()
    assert line == ("- A quantity: 5.05 points (95% interval 4.94 to 5.16, n = 6); p < 0.001 against 1.00 points.")


@pytest.mark.parametrize(
    ("entry", "values", "said"),
    [
        ({"kind": "equivalent", "margin": 1.0}, NONE, "; p < 0.001 against 1.00 points from zero"),
        (
            {"kind": "predicts", "value": 5.0, "margin": 1.0},
            HIGH,
            "prediction interval 4.76 to 5.34, n = 6), the reference 5.00 points; its half-width may be at most 1.00",
        ),
        ({"each": True, "margin": 0.0}, HIGH, "4.90 to 5.20 over 6 runs, the limit 0.00 points"),
        ({}, HIGH[:2], "5.10 points, n = 2 of the 3 needed"),
        ({}, [1.0, 1.0], "n = 2 of the 3 needed"),
    ],
)
def test_statistics_of_every_kind(entry, values, said):
    assert said in statistics(decide(claim(entry), results(values)), LABELS["en"], "en")


def test_statistics_say_what_equal_runs_give_and_what_the_test_images_add():
    equal = statistics(decide(claim({}), results([5.0] * 6)), LABELS["en"], "en")
    assert equal == "- A quantity: 5.00 points in each of 6 runs, the limit 1.00 points."
    tested = statistics(decide(claim({}), numbers(image_error=0.3, **{"0": HIGH})), LABELS["en"], "en")
    assert tested.endswith("; standard error from the choice of test images 0.30 points.")


def test_no_p_value_is_one_or_zero():
    large = results([1.0 + shift for shift in (0.1, -0.1, 0.2, -0.2)])
    assert "p > 0.99" in statistics(decide(claim({}), large), LABELS["en"], "en")


def dominates(first, others):
    metrics = {"x.val_accuracy": {"better": "greater", "margin": 1.0}}
    entry = {"kind": "dominates", "first": ["adam"], "second": list(others), "metrics": metrics}
    about = {"zh": "原学习率下", "en": "at the original's rates"}
    asked = claim({}).model_copy(update={"parts": [part(**entry, about=about)]})
    given = numbers(**{f"val_accuracy.{arm}": values for arm, values in {"adam": first, **others}.items()})
    return asked, given


def test_many_comparisons_name_those_that_do_not_hold():
    asked, given = dominates(
        HIGH, {"sgd": NONE, "lion": [v + 3 + v / 9 for v in HIGH], "rmsprop": [v - 0.1 for v in HIGH]}
    )
    assert told(asked, given) == (
        "Adam is ahead by the margin of SGD throughout, of lion in 0 of 1, of RMSProp in 0 of 1; at the original's"
        " rates the claim holds in 1 of 3 comparisons (not in these: Adam is behind lion in validation accuracy, Adam"
        " does not lead RMSProp in validation accuracy by 1.00 points)."
    )


def test_more_than_a_few_that_do_not_hold_are_counted():
    behind = [value + 3 + value / 9 for value in HIGH]
    asked, given = dominates(HIGH, {"a": NONE, "b": behind, "c": behind, "d": behind, "e": [v - 0.1 for v in HIGH]})
    assert told(asked, given) == (
        "Adam is ahead by the margin of a throughout, of b in 0 of 1, of c in 0 of 1, of d in 0 of 1, of e in 0 of 1;"
        " at the original's rates the claim holds in 1 of 5 comparisons (3 the other way round, 1 short of the margin)."
    )


def test_comparisons_with_too_few_seeds_say_so_alone():
    asked, given = dominates(HIGH[:2], {"sgd": NONE[:2], "rmsprop": NONE[:2]})
    assert told(asked, given) == "There are 2 runs, and 6 are needed."


def test_many_comparisons_that_hold_are_counted():
    asked, given = dominates(HIGH, {"sgd": NONE, "rmsprop": NONE})
    assert told(asked, given) == "At the original's rates the claim holds in all 2 comparisons."


@pytest.mark.parametrize(("is_range", "text"), [(False, "54.00%, 56.00%"), (True, "54.00%–56.00%")])
def test_a_published_range_reads_like_one(is_range, text):
    published = {"value": [0.54, 0.56], "unit": "percent", "range": is_range}
    assert reference_text(published, {"list_separator": ", "}) == text


def test_a_job_names_the_claim_whose_number_no_section_gives(tmp_path):
    (tmp_path / "claims.yaml").write_text(
        "claim:\n  section: gray\n  text: { zh: 某论断, en: a claim }\n  parts:\n"
        "    - { kind: above, metric: x.first, about: { zh: 甲, en: the first } }\n",
        encoding="utf-8",
    )
    (tmp_path / "claims.json").write_text('{"experiments": []}', encoding="utf-8")
    (tmp_path / "datasets.json").write_text("{}", encoding="utf-8")
    (tmp_path / "x.json").write_text(Summary(numbers(frist=HIGH)).to_json(), encoding="utf-8")
    with pytest.raises(ValueError) as error:
        decide_claims(
            "gray",
            InputFile(tmp_path / "claims.yaml"),
            InputFile(tmp_path / "claims.json"),
            [],
            [InputFile(tmp_path / "x.json")],
            [InputFile(REPORT / "sections.yaml")],
            [InputFile(tmp_path / "datasets.json")],
            OutputFile(tmp_path / "decisions.json"),
            OutputFile(tmp_path / "summary.json"),
        )
    assert str(error.value) == "claims.yaml: claim: unknown number 'x.first'; did you mean 'x.frist'?"


def test_in_brief_comparisons_are_counted_and_those_of_several_parts_together():
    asked, given = dominates(HIGH, {"sgd": NONE, "rmsprop": [v - 0.1 for v in HIGH]})
    for parts, count in (
        (1, "at the original's rates the claim holds in 1 of 2 comparisons (1 short of the margin)."),
        (3, "the claim holds in 3 of 6 comparisons (3 short of the margin)."),
    ):
        decision = decide(asked.model_copy(update={"parts": asked.parts * parts}), given)
        ahead = f"Adam is ahead by the margin of SGD throughout, of RMSProp in 0 of {parts}; "
        assert brief(decision, LABELS["en"], "en") == ahead + count
