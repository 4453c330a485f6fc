"""Arms are put together from their bases, and what cannot be put together is one line."""

import copy
from pathlib import Path
from typing import Any

import pytest

from lib.catalogue.arms import CORE, Arms, resolve_arms, shared_arms
from lib.catalogue.combinations import check
from lib.catalogue.configuration import whole_configuration
from lib.catalogue.presets import MAIN, load_preset
from lib.report.texts import experiments_of
from lib.report.yaml_files import read_yaml
from lib.workflow.schema import ConfigurationError, validate

ROOT = Path(__file__).parents[2]
EXPERIMENTS = experiments_of(read_yaml(ROOT / "report/captions.yaml"))
CONFIG = load_preset(MAIN)


def with_arm(name: str, arm: dict[str, Any]) -> dict[str, Any]:
    config = copy.deepcopy(CONFIG)
    config["arms"][name] = arm
    return config


def test_the_core_arms_are_those_of_the_recipe_in_use():
    arms = resolve_arms(CONFIG)
    assert set(CORE) <= set(arms)
    recipes, used = CONFIG["cifar"]["recipes"], CONFIG["cifar"]["recipe"]
    assert arms["cnn-gray"] == {"color": "gray", **recipes[used["cnn"]]["cnn"]}
    assert arms["mlp-gray"] == {"color": "gray", **recipes[used["mlp"]]["mlp"]}


def test_an_arm_changes_what_it_names_and_keeps_the_rest_of_its_base():
    config = with_arm("mine", {"base": "shuffled_cnn", "training": {"optimizer": {"momentum": 0.5}}, "images": 300})
    arms = resolve_arms(config)
    expected = copy.deepcopy(arms["shuffled_cnn"])
    expected["training"]["optimizer"]["momentum"] = 0.5
    expected["images"] = 300
    assert arms["mine"] == expected
    assert resolve_arms(CONFIG)["shuffled_cnn"] == arms["shuffled_cnn"]  # the base is not changed


def test_lists_are_replaced_as_a_whole():
    arms = resolve_arms(with_arm("mine", {"base": "mlp", "model": {"hidden": [7]}}))
    assert arms["mine"]["model"]["hidden"] == [7]


def test_seeds_are_those_of_the_kind_of_model_unless_the_arm_has_its_own():
    arms = Arms(with_arm("mine", {"base": "mlp", "seeds": 3}))
    assert arms.seeds("mine") == range(3)
    assert arms.seeds("gray3_mlp") == range(CONFIG["seeds"]["mlp"])
    assert arms.seeds("stepped_cnn") == range(CONFIG["seeds"]["cnn"])


def test_the_recipe_of_an_arm_is_that_of_its_first_base():
    arms = Arms(CONFIG)
    found = {arm: arms.recipe(arm) for arm in ("cnn-gray", "shuffled_cnn", "plain_normal_cnn")}
    assert found == {"cnn-gray": "compressed", "shuffled_cnn": "compressed", "plain_normal_cnn": "original"}


def test_the_threads_of_an_arm_are_those_of_its_kind_of_model():
    config = copy.deepcopy(CONFIG)
    config["compute"] |= {"threads": 4, "mlp_threads": 3}
    arms = Arms(config)
    assert (arms.kind("shuffled_cnn"), arms.threads("shuffled_cnn")) == ("cnn", 4)
    assert (arms.kind("mlp-gray"), arms.threads("mlp-gray")) == ("mlp", 3)


@pytest.mark.parametrize(
    ("arm", "message"),
    [
        ({"base": "mpl"}, "arms.mine.base: unknown arm 'mpl'; allowed: mlp, cnn, original.mlp, original.cnn"),
        ({"base": "mine"}, "arms.mine.base: leads back to itself"),
        (
            {"base": "mlp", "model": {"hiden": [3]}},
            "arms.mine.model.hiden: unknown key 'hiden'; did you mean 'hidden'?",
        ),
        ({"base": "mlp", "colour": "rgb"}, "arms.mine.colour: unknown key 'colour'; did you mean 'color'?"),
        ({"base": "mlp", "images": 60_000}, "arms.mine.images: 60000 of 45000 training images; allowed: 1 to 45000"),
        ({"base": "mlp", "images": 100}, "arms.mine.training.batch_size: 128 is more than the 100 images there are"),
        ({"base": "original.cnn", "training": {"epochs": 60}}, "milestones: 75 is beyond the last epoch"),
        (
            {"base": "mlp", "model": {"hidden_dropout": 1.5}},
            "arms.mine.model.hidden_dropout: input should be less than or equal to 0.99, got 1.5",
        ),
    ],
)
def test_what_does_not_fit_is_one_line_that_names_the_arm(arm, message):
    config = with_arm("mine", arm)
    with pytest.raises(ConfigurationError) as caught:
        check(config, validate(config, whole_configuration(), EXPERIMENTS))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_arms_with_the_same_settings_are_one_training_however_they_are_written():
    config = with_arm("again", {"base": "cnn", "images": None, "training": {"optimizer": {"muon_weight_decay": 0.0}}})
    config["arms"]["other"] = {"base": "cnn", "training": {"epochs": 3}}
    arms = Arms(config)
    assert "muon_weight_decay" not in arms.settings["cnn-rgb"]["training"]["optimizer"]  # a default, left out there
    assert arms.shared == {"again": "cnn-rgb"}
    assert "other" in arms.trained and "again" not in arms.trained


def test_in_the_original_recipe_at_full_dose_three_side_arms_are_main_ones():
    arms = resolve_arms(load_preset("paper"))
    assert shared_arms(arms) == {"short_mlp": "mlp-rgb", "short_cnn": "cnn-rgb", "stepped_cnn": "cnn-rgb"}
    shorter = {
        "compressed_mlp",
        "adam_mlp",
        "deep_mlp",
        "wide_mlp",
        "held_cnn",
    }  # of another recipe, or as far as they are compared
    assert {arm["training"]["epochs"] for name, arm in arms.items() if name not in shorter} == {100}
    assert not any("images" in arm for arm in arms.values())


def test_the_mlp_is_trained_by_the_original_recipe_and_the_cnn_by_the_shorter_one():
    arms = Arms(CONFIG)
    assert (arms.recipe("mlp-rgb"), arms.recipe("gray3_mlp"), arms.recipe("cnn-rgb")) == (
        "original",
        "original",
        "compressed",
    )
    assert arms.recipe("deep_mlp") == "compressed"
