"""What claims.json holds of claims."""

import json

import pytest

from lib.claims.parts import MissingNumber
from lib.claims.record import record
from tests.claims.made_up import HIGH, NONE, claim, draws, numbers, results


def test_it_names_the_files_that_were_read_and_is_json():
    plain = record({"it": claim({}, {})}, numbers(**{"0": HIGH, "1": NONE}), {})["it"]
    assert plain["files"] == ["0.csv", "1.csv"]
    assert plain["verdict"] == "partly"
    assert [part["outcome"] for part in plain["parts"]] == ["holds", "fails"]
    json.dumps(plain, allow_nan=False)


def test_it_has_the_verdicts_with_other_margins():
    plain = record({"it": claim({})}, results(draws(1.5, 0.3, 8)), {})["it"]
    assert plain["otherwise"] == {"halved": "reproduced", "doubled": "contradicted"}


def test_a_number_that_no_section_gives_is_named_with_its_claim():
    with pytest.raises(MissingNumber, match=r"^it: unknown number 'x\.0'"):
        record({"it": claim({})}, {}, {})
