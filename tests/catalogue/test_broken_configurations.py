"""Whatever single thing is broken in a configuration, it is refused with one line that names the key."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.catalogue.combinations import check
from lib.catalogue.configuration import whole_configuration
from lib.catalogue.presets import MAIN, load_preset
from lib.report.texts import experiments_of
from lib.report.yaml_files import read_yaml
from lib.workflow.schema import ConfigurationError, validate

ROOT = Path(__file__).parents[2]
EXPERIMENTS = experiments_of(read_yaml(ROOT / "report/captions.yaml"))
CONFIG: dict[str, Any] = load_preset(MAIN)
SCHEMA = whole_configuration()
SIGNED = ("exponents", "log10_learning_rate", "log10_weight_scale", "log10_regularisation")  # may be negative
NAMED_BY_USER = (("arms",),)  # mappings whose keys are names that a user chooses
Path_ = tuple[str, ...]


def places(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Every key of the configuration with its value, sections included."""
    for key, inner in value.items():
        yield (*path, key), inner
        if isinstance(inner, dict):
            yield from places(inner, (*path, key))


PLACES = list(places(CONFIG))
NUMBERS = [
    (path, value)
    for path, value in PLACES
    if isinstance(value, int | float) and not isinstance(value, bool) and path[-1] not in SIGNED
]
LISTS = [(path, value) for path, value in PLACES if isinstance(value, list) and value]


def put(path: Path_, value: Any, key: str | None = None) -> dict[str, Any]:
    """The configuration with another value at ``path``, or with its key renamed to ``key``."""
    broken = copy.deepcopy(CONFIG)
    place: Any = broken
    for part in path[:-1]:
        place = place[part]
    if key is None:
        place[path[-1]] = value
    else:
        place[key] = place.pop(path[-1])
    return broken


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        check(config, validate(config, SCHEMA, EXPERIMENTS))
    text = str(caught.value)
    assert "\n" not in text
    return text


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[Path_, str]:
    """A key, and the same with one letter left out, doubled, or changed for another."""
    path, _ = draw(st.sampled_from([place for place in PLACES if place[0][:-1] not in NAMED_BY_USER]))
    key = path[-1]
    at = draw(st.integers(0, len(key) - 1))
    letters = draw(st.sampled_from(["", key[at] * 2, "q", "_x"]))
    wrong = key[:at] + letters + key[at + 1 :]
    return path, wrong or "q"


@settings(max_examples=250, deadline=None, derandomize=True)
@given(misspelt())
def test_a_misspelt_key_is_named(case: tuple[Path_, str]) -> None:
    path, wrong = case
    if wrong == path[-1] or wrong in _siblings(path):
        return
    text = refusal(put(path, None, wrong))
    assert wrong in text or path[-1] in text, text


def _siblings(path: Path_) -> set[str]:
    return {other[-1] for other, _ in PLACES if other[:-1] == path[:-1]}


WRONG = [None, "words", -1, 3.5, True, [], ["words"], {}, {"words": 1}]


def kind(value: Any) -> str:
    """The type as the schema sees it: whole numbers will do where fractions are meant."""
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(PLACES), st.sampled_from(WRONG))
def test_a_value_of_another_type_is_named_by_its_key(place: tuple[Path_, Any], wrong: Any) -> None:
    path, value = place
    if kind(wrong) == kind(value) or _may_be_left_out(path, wrong):
        return
    text = refusal(put(path, wrong))
    assert path[-1] in text or path[-2] in text, text


def _may_be_left_out(path: Path_, wrong: Any) -> bool:
    """Where null has a meaning: the official order of a split, and what an arm does not change in its base."""
    own = path[0] == "arms" and len(path) == 3 and path[-1] in ("seeds", "images", "color")
    return wrong is None and (own or path[-1] == "split_seed")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(NUMBERS), st.integers(1, 10**6))
def test_a_negative_number_is_named_by_its_key(place: tuple[Path_, Any], size: int) -> None:
    path, value = place
    text = refusal(put(path, type(value)(-size)))
    assert path[-1] in text, text


WHOLE = [(path, value) for path, value in PLACES if isinstance(value, int) and not isinstance(value, bool)]


@pytest.mark.parametrize(("path", "value"), WHOLE, ids=str)
def test_a_whole_number_that_nobody_can_mean_is_named_by_its_key(path: Path_, value: int) -> None:
    text = refusal(put(path, 10**9 if "seed" not in path[-1] else 2**32))
    assert ".".join(path) in text and "from -" not in text, text


@pytest.mark.parametrize(("path", "value"), [place for place in NUMBERS if isinstance(place[1], float)], ids=str)
@pytest.mark.parametrize("wrong", [float("inf"), float("nan")])
def test_a_number_that_is_not_finite_is_named_by_its_key(path: Path_, value: float, wrong: float) -> None:
    assert refusal(put(path, wrong)) == f"{'.'.join(path)}: input should be a finite number, got {wrong}"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(LISTS), st.data())
def test_a_wrong_item_of_a_list_is_named_by_its_key(place: tuple[Path_, Any], data: st.DataObject) -> None:
    path, value = place
    broken = list(value)
    broken[data.draw(st.integers(0, len(value) - 1))] = {"words": 1}
    text = refusal(put(path, broken))
    assert path[-1] in text, text
