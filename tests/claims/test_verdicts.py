"""From parts to verdicts, each of the four, and the reasons in words."""

import json
from pathlib import Path

import pytest

from lib.claims.reasons import reason, reference_text
from lib.claims.schema import ClaimsError, parse_claims, summaries_read
from lib.claims.verdicts import VERDICTS, as_plain, decide
from lib.report.summary import Summary
from lib.report.texts import experiments_of, load_texts, read_yaml
from lib.workflow.job import InputFile, OutputFile
from scripts.decide_claims import main as decide_claims

REPORT = Path(__file__).parents[2] / "report"
EXPERIMENTS = ("conv_init",)
UP, NONE, FEW = [5.0, 5.2, 4.9, 5.1, 5.0, 5.1], [0.1, -0.1, 0.05, -0.05, 0.0, 0.02], [5.0, 5.2]
CLAIM = """
claim:
  section: gray
  text: {{ zh: 某主张, en: a claim }}
  {extra}
  parts:
    - {{ kind: above, metric: x.first, margin: 1.0, about: {{ zh: 甲, en: the first }}, {first} }}
    - {{ kind: above, metric: x.second, margin: 1.0, about: {{ zh: 乙, en: the second }}, {second} }}
"""


def numbers(first, second):
    summary = Summary()
    summary.add_runs("x.first", first, "points", source=["a.csv"])
    summary.add_runs("x.second", second, "points", source=["b.csv", "a.csv"])
    return summary.numbers


def decision(first, second, *, extra="", options=("", ""), experiments=EXPERIMENTS, is_sample=False):
    text = CLAIM.format(extra=extra, first=options[0], second=options[1])
    claim = parse_claims(text, "claims.yaml")["claim"]
    return decide(claim, numbers(first, second), experiments=experiments, is_sample=is_sample)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (UP, UP, "reproduced"),
        (NONE, NONE, "not reproduced"),
        (UP, NONE, "refined"),
        (NONE, UP, "refined"),
        (UP, FEW, "not tested"),
    ],
)
def test_every_verdict_can_be_given(first, second, verdict):
    assert decision(first, second).verdict == verdict


def test_there_are_four_verdicts():
    assert set(VERDICTS) == {"reproduced", "not reproduced", "refined", "not tested"}


def test_a_premise_that_fails_refutes_the_claim():
    assert decision(NONE, UP, options=("premise: true", "")).verdict == "not reproduced"
    assert decision(UP, NONE, options=("premise: true", "")).verdict == "refined"


def test_an_optional_part_without_seeds_leaves_the_claim_refined():
    assert decision(UP, FEW, options=("", "optional: true")).verdict == "refined"
    assert decision(UP, UP, options=("", "optional: true")).verdict == "reproduced"
    assert decision(FEW, FEW, options=("optional: true", "optional: true")).verdict == "not tested"


def test_a_reason_says_once_how_many_seeds_are_needed():
    labels = load_texts(REPORT).labels["en"]
    text = reason(decision(UP, FEW), labels, "en")
    assert "n = 2, and 3 are needed" in text
    assert "would be needed" not in text


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (5.0, 5.0, "and the reference value 5.00 points lies inside"),
        (4.0, 4.9, "which the reference value 4.00–4.90 points, a range, overlaps"),
        (1.0, 2.0, "which the reference value 1.00–2.00 points, a range, does not reach"),
    ],
)
def test_a_reason_tells_a_value_from_a_range(low, high, said):
    predicts = f"""
claim:
  section: gray
  text: {{ zh: 某主张, en: a claim }}
  {REFERENCE}
  parts:
    - {{ kind: predicts, metric: x.first, low: {low}, high: {high}, about: {{ zh: 甲, en: the first }} }}
"""
    claim = parse_claims(predicts, "claims.yaml")["claim"]
    found = decide(claim, numbers(UP, UP), experiments=EXPERIMENTS, is_sample=False)
    assert said.replace(" points", "") in reason(found, load_texts(REPORT).labels["en"], "en").replace(" points", "")


REFERENCE = "reference: { value: 5.0, unit: points, source: { zh: 表, en: a table } }"


def test_sample_data_are_compared_with_no_published_value():
    assert decision(UP, UP, extra=REFERENCE).verdict == "reproduced"
    found = decision(UP, UP, extra=REFERENCE, is_sample=True)
    assert (found.verdict, found.cause) == ("not tested", "sample data")
    assert decision(UP, UP, is_sample=True).verdict == "reproduced"


def test_a_claim_whose_experiment_is_not_in_the_run_is_not_tested():
    needs = "needs: conv_init"
    found = decision(UP, UP, extra=needs, experiments=())
    assert (found.verdict, found.cause) == ("not tested", "no experiment")
    assert decision(UP, UP, extra=needs).verdict == "reproduced"


def test_too_few_seeds_say_how_many_are_needed():
    found = decision(UP, FEW, options=("", "min_seeds: 7"))
    assert (found.cause, found.needed) == ("too few seeds", 7)


def test_p_values_are_adjusted_for_the_comparisons_of_the_claim():
    # Seven pairs of one sign have exactly p = 2 / 2**7, twice that after Holm's adjustment for two.
    seven = [*UP, 5.3]
    finding = decision(seven, seven).parts[0].findings[0]
    assert (finding.p, finding.p_adjusted) == (pytest.approx(2 / 2**7), pytest.approx(4 / 2**7))


def test_a_part_that_the_adjustment_takes_away_is_undecided():
    barely = [0.0847, 0.5423, 1.0, 1.4577, 1.9153]  # t = 3.09 with 4 degrees of freedom: p = 0.037
    clearly = [9.0, 9.1, 9.2, 9.0, 9.1]
    assert decision(barely, clearly).verdict == "reproduced"
    both = decision(barely, barely)
    assert (both.verdict, both.cause) == ("not tested", "undecided")


def test_a_number_that_no_section_gives_is_an_error():
    claim = parse_claims(CLAIM.format(extra="", first="", second=""), "claims.yaml")["claim"]
    with pytest.raises(ValueError, match=r"x\.first"):
        decide(claim, {}, experiments=EXPERIMENTS, is_sample=False)


def test_a_job_names_the_claim_whose_number_no_section_gives(tmp_path):
    (tmp_path / "claims.yaml").write_text(CLAIM.format(extra="", first="", second=""), encoding="utf-8")
    (tmp_path / "claims.json").write_text('{"experiments": []}', encoding="utf-8")
    (tmp_path / "datasets.json").write_text("{}", encoding="utf-8")
    given = {"x.frist": numbers(UP, UP)["x.first"]}
    (tmp_path / "x.json").write_text(Summary(given).to_json(), encoding="utf-8")
    with pytest.raises(ValueError) as error:
        decide_claims(
            "gray",
            InputFile(tmp_path / "claims.yaml"),
            InputFile(tmp_path / "claims.json"),
            [InputFile(tmp_path / "x.json")],
            [InputFile(REPORT / "sections.yaml")],
            [InputFile(tmp_path / "datasets.json")],
            OutputFile(tmp_path / "decisions.json"),
            OutputFile(tmp_path / "summary.json"),
        )
    assert str(error.value) == "claims.yaml: claim: unknown number 'x.first'; did you mean 'x.frist'?"


def test_arms_and_metrics_without_a_label_are_called_by_their_names():
    dominates = """
claim:
  section: optimizers
  text: { zh: 某主张, en: a claim }
  parts:
    - kind: dominates
      first: [adam]
      second: [lion]
      metrics: { x.sharpness: { better: greater, margin: 1.0 } }
      about: { zh: 甲, en: the first }
"""
    claim = parse_claims(dominates, "claims.yaml")["claim"]
    given = Summary()
    given.add_runs("x.sharpness.adam", UP, "points")
    given.add_runs("x.sharpness.lion", [value + 3 + value / 9 for value in UP], "points")
    found = decide(claim, given.numbers, experiments=(), is_sample=False)
    assert "Adam against lion in sharpness, " in reason(found, load_texts(REPORT).labels["en"], "en")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("section: gray", "section: gray\n  colour: red", "claims.yaml: claim.colour: unknown key"),
        ("margin: 1.0", "margin: one", "margin"),
        ("kind: above", "kind: beside", "kind"),
        (
            "section: gray",
            "section: grey",
            "claims.yaml: claim.section: unknown section 'grey'; allowed: overview, purpose",
        ),
        (
            "section: gray",
            "section: gray\n  needs: nothing",
            "claims.yaml: claim.needs: unknown experiment 'nothing'; allowed: conv_init",
        ),
        ("text: { zh: 某主张, en: a claim }", "text: { en: a claim }", "claim.text: needs a text in zh and in en"),
        ("zh: 某主张,", "zh: 某主张, fr: une thèse,", "claim.text: unknown language 'fr'; allowed: zh, en"),
        ("section: gray", "section: gray\n  section: gray", "claims.yaml: line 4: 'section' is there twice"),
        (
            "about: { zh: 甲, en: the first }",
            "about: { zh: 甲 }",
            "claim.parts.0.above.about: needs a text in zh and in en",
        ),
        (
            "zh: 甲, en: the first",
            'zh: 甲, en: ""',
            "claim.parts.0.above.about.en: string should have at least 1 character",
        ),
    ],
)
def test_a_wrong_claims_file_is_one_line(old, new, message):
    text = CLAIM.format(extra="", first="", second="").replace(old, new, 1)
    with pytest.raises(ClaimsError) as caught:
        parse_claims(text, "claims.yaml", load_texts(REPORT).outline, EXPERIMENTS)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_claims_file_without_claims_is_named():
    with pytest.raises(ClaimsError, match=r"^claims\.yaml: expected claims by id$"):
        parse_claims("", "claims.yaml")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_reasons_carry_the_numbers(language):
    labels = load_texts(REPORT).labels[language]
    told = reason(decision(UP, NONE), labels, language)
    assert "5.05" in told and "n = 6" in told
    assert told.startswith({"zh": "甲", "en": "The first"}[language])
    assert reason(decision(UP, FEW, options=("", "min_seeds: 7")), labels, language).count("7") == 1
    assert reason(decision(UP, UP, extra=REFERENCE, is_sample=True), labels, language) == labels["claim_sample_data"]


def test_json_names_the_files_that_were_read():
    found = decision(UP, NONE)
    plain = as_plain(found, {"zh": "因为", "en": "because"})
    assert plain["files"] == ["a.csv", "b.csv"]
    assert plain["verdict"] == "refined"
    assert [part["outcome"] for part in plain["parts"]] == ["holds", "fails"]
    json.dumps(plain, allow_nan=False)


def test_the_projects_own_claims_are_in_order():
    experiments = experiments_of(read_yaml(REPORT / "captions.yaml"))
    text = (REPORT / "claims.yaml").read_text(encoding="utf-8")
    claims = parse_claims(text, "claims.yaml", load_texts(REPORT).outline, experiments)
    assert len(claims) > 20
    for key, claim in claims.items():
        # A part compared with a published value is one of a claim that says which: it is then left out on sample data.
        assert claim.reference is not None or all(part.kind != "predicts" for part in claim.parts), key


def test_claims_are_decided_by_the_summaries_that_their_numbers_begin_with():
    first, other = (
        CLAIM.format(extra="", first="", second=""),
        CLAIM.format(extra="needs: conv_init", first="", second=""),
    )
    claims = parse_claims(
        first + other.replace("claim:", "other:").replace("x.second", "conv_init.gain"), "claims.yaml"
    )
    assert summaries_read(claims, ["conv_init"]) == {"gray": ["conv_init", "gray", "x"]}
    assert summaries_read(claims, []) == {"gray": ["gray", "x"]}


@pytest.mark.parametrize(("is_range", "text"), [(False, "54.00%, 56.00%"), (True, "54.00%–56.00%")])
def test_a_published_range_reads_like_one(is_range, text):
    published = {"value": [0.54, 0.56], "unit": "percent", "range": is_range}
    assert reference_text(published, {"list_separator": ", "}) == text
