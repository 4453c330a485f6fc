"""What a claims file may say, and the one line for what it may not."""

from pathlib import Path

import pytest

from lib.catalogue.doses import doses
from lib.claims.schema import ClaimsError, parse_claims, summaries_read, trainings_read
from lib.report.texts import experiments_of, load_texts
from lib.report.yaml_files import read_yaml

REPORT = Path(__file__).parents[2] / "report"
EXPERIMENTS = ("conv_init",)
CLAIM = """
claim:
  section: gray
  text: { zh: 某主张, en: a claim }
  evidence: { mnist: { epochs: 20 } }
  parts:
    - { kind: above, metric: x.first, margin: 1.0, about: { zh: 甲, en: the first } }
    - kind: above
      metric: x.second
      about: { zh: 乙, en: the second }
      says: { holds: { zh: "高 {size}", en: "it is {size} more" } }
"""


def test_every_claim_names_a_figure_or_a_table_of_its_section():
    texts = load_texts(REPORT)
    claims = parse_claims((REPORT / "claims.yaml").read_text(encoding="utf-8"), "claims.yaml")
    found = {key: texts.captions[claim.shown].section for key, claim in claims.items()}
    assert found == {key: claim.section for key, claim in claims.items()}


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
        (
            "it is {size} more",
            "it is {sise} more",
            "unknown place 'sise' in 'it is {sise} more'; allowed: {estimate}, {size}",
        ),
        ("epochs: 20", "epochs: 0", "claim.evidence.mnist.epochs"),
        ("margin: 1.0", "min_seeds: 1", "input should be greater than or equal to 2"),
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
    text = CLAIM.replace(old, new, 1)
    with pytest.raises(ClaimsError) as caught:
        parse_claims(text, "claims.yaml", load_texts(REPORT).outline, EXPERIMENTS)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_claims_file_without_claims_is_named():
    with pytest.raises(ClaimsError, match=r"^claims\.yaml: expected claims by id$"):
        parse_claims("", "claims.yaml")


def test_the_projects_own_claims_are_in_order():
    experiments = experiments_of(read_yaml(REPORT / "captions.yaml"))
    text = (REPORT / "claims.yaml").read_text(encoding="utf-8")
    claims = parse_claims(text, "claims.yaml", load_texts(REPORT).outline, experiments)
    assert len(claims) > 20
    for key, claim in claims.items():
        # A part compared with a published value is one of a claim that says which: it is then left out on sample data.
        assert claim.reference is not None or all(part.kind != "predicts" for part in claim.parts), key


def test_every_training_that_a_claim_of_the_project_asks_for_is_known():
    config = read_yaml(REPORT.parent / "config.yaml")
    claims = parse_claims((REPORT / "claims.yaml").read_text(encoding="utf-8"), "claims.yaml")
    assert {name for claim in claims.values() for name in claim.evidence} <= set(doses(config))


def test_claims_are_decided_by_the_summaries_that_their_numbers_begin_with():
    other = CLAIM.replace("claim:", "other:").replace("section: gray", "section: gray\n  needs: conv_init")
    claims = parse_claims(CLAIM + other.replace("x.second", "conv_init.gain"), "claims.yaml")
    assert summaries_read(claims, ["conv_init"]) == {"gray": ["conv_init", "x"]}
    assert summaries_read(claims, []) == {"gray": ["x"]}


def test_claims_ask_for_the_trainings_of_their_evidence():
    other = (
        CLAIM.replace("claim:", "other:").replace("section: gray", "section: mnist").replace("mnist: {", "cnn-rgb: {")
    )
    assert trainings_read(parse_claims(CLAIM + other, "claims.yaml")) == {"gray": ["mnist"], "mnist": ["cnn-rgb"]}
