"""What jobs are expected to take: by measured speeds, by earlier runs here, by the published run on another machine."""

import pytest

from lib.catalogue.arms import Arms
from lib.catalogue.expected import NUMPY, START, Times, expect, network, to_measure, told, training_seconds, whole_run
from lib.catalogue.presets import load_preset
from lib.terminal.plan import PlannedJob, side_by_side
from lib.vision.config import arm_of


@pytest.fixture(scope="module")
def config():
    return load_preset("main")


def train(arm, seed=0, threads=1):
    return PlannedJob("train_vision", f"train_vision/{arm}/seed{seed}", threads, {"arm": arm, "seed": str(seed)})


def speeds(config, of=1000.0):
    return dict.fromkeys(to_measure(config, Arms(config).trained), of)


def test_arms_of_one_network_are_measured_once(config):
    found = to_measure(
        config, ["mlp-rgb", "gray3_mlp", "compressed_mlp", "mlp-gray", "wide_mlp", "cnn-rgb", "cnn-gray"]
    )
    assert sorted(found) == [
        "CNN on CIFAR-10 64-128-256-512 muon",
        "MLP on CIFAR-10 2048-1024 sgd",
        "MLP on CIFAR-10 512-256 gray sgd",
        "MLP on CIFAR-10 512-256 sgd",
    ]
    settings = Arms(config).settings
    assert all(network(arm) == name for name, arm in found.items())
    assert {network(arm_of(settings[name])) for name in Arms(config).trained} == set(speeds(config))


def test_a_training_takes_what_its_images_and_epochs_take(config):
    # 45,000 images for 100 epochs; 4,000 for 6. A forward pass is a third of a step. Scored are 5,000 validation
    # images, 1,000 of them again to watch the first layer, less what is measured with the steps: one for nine.
    assert training_seconds(config, "mlp-rgb", speeds(config)) == pytest.approx(START + 100 * (45 + 1 / 3))
    assert training_seconds(config, "short_mlp", speeds(config)) == pytest.approx(START + 6 * (4 + (6 - 4 / 9) / 3))
    # Of 26 epochs 2 have images of 16 pixels, a quarter of the pixels, and 4 of 24, nine sixteenths. Batch norm's
    # statistics take another 5,000 images.
    whole = 45 * (20 + 2 / 4 + 4 * 9 / 16) + 26 * (6 + 5 - 5) / 3
    assert training_seconds(config, "cnn-rgb", speeds(config)) == pytest.approx(START + whole)
    assert training_seconds(config, "cnn-rgb", {}) is None


def test_other_jobs_take_what_they_took_here_else_what_they_took_where_the_report_was_published(config):
    jobs = [PlannedJob("draw", "draw", 1), PlannedJob("overfit", "overfit/three/seed7", 1), PlannedJob("new", "new", 1)]
    published = Times({NUMPY: 2000.0}, {"draw": 3.0, "overfit/three/seed0": 10.0, "overfit/three/seed1": 20.0})
    half_as_fast = Times({NUMPY: 1000.0}, {})
    assert [job.seconds for job in expect(jobs, config, half_as_fast, published)] == [6.0, 30.0, None]
    here = Times({NUMPY: 1000.0}, {"overfit/three/seed7": 12.0})
    assert [job.seconds for job in expect(jobs, config, here, published)] == [6.0, 12.0, None]
    assert [job.seconds for job in expect(jobs, config, here)] == [None, 12.0, None]


def test_what_is_told_before_a_run(config, monkeypatch):
    monkeypatch.setattr(Arms, "gpus", 0)
    jobs = [train("cnn-rgb", threads=2), *(train("mlp-rgb", seed) for seed in range(4)), PlannedJob("draw", "draw", 1)]
    planned = expect(jobs, config, Times(speeds(config)), Times({}, {"draw": 100.0}))
    target = PlannedJob("all", "", 1)
    lines = told("main", config, [*planned, *expect([target], config, Times())], 2, brief=1800.0)
    # The CNN takes both cores for 1,080 s; four MLPs take one each for 4,539 s, two side by side.
    assert lines == [
        "results/main: 6 jobs to run, about 2 h 50 min on 2 cores",
        "  CNN on CIFAR-10     1 training      18 min",
        "  MLP on CIFAR-10    4 trainings  2 h 31 min",
        "  all else                 1 job       2 min",
        "  Quicker: make report PRESET=brief, about 32 min",
        "  Quicker: an NVIDIA GPU, minutes, or trainings that one has made (docs/gpu.md)",
    ]
    monkeypatch.setattr(Arms, "gpus", 1)
    assert "GPU" not in told("main", config, planned, 2, 1)[-1]
    assert told("main", config, [target], 2) == ["results/main: nothing is left to do"]
    assert told("main", config, [PlannedJob("new", "new", 1)], 1)[0].endswith(
        "on 1 core, and 1 job of unknown duration"
    )
    unknown = told("main", config, [PlannedJob("new", "new", 1)], 2)
    assert unknown == ["results/main: 1 job to run, about 0 s on 2 cores, and 1 job of unknown duration"]
    some = told("main", config, [*planned[:1], PlannedJob("new", "new", 1)], 2)
    assert some[-1].split() == ["all", "else", "1", "job", "?"]


def test_brief_is_the_shorter_run(config):
    brief = load_preset("brief")
    seconds = [side_by_side(whole_run(own, speeds(own)), 2) for own in (config, brief)]
    assert seconds[1] < seconds[0] / 2
    jobs = whole_run(config, speeds(config))
    assert len(jobs) == len({job.name for job in jobs}) == sum(len(Arms(config).seeds(n)) for n in Arms(config).trained)
