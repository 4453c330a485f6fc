"""How far a run is, and how long it will take, from the jobs that have begun and finished."""

import pytest

from lib.terminal.plan import PlannedJob
from lib.terminal.progress import Job, Progress, duration, fitted, shortened, stage, tail


def job(rule, began=0.0, logs=(), name=""):
    return Job(rule, f"Doing {rule}", tuple(logs), began, name)


def test_rules_belong_to_stages():
    rules = ("fetch_mnist", "prepare_mnist", "train_vision", "overfit", "draw_cifar", "render_report", "report")
    assert [stage(rule) for rule in rules] == [
        "Data",
        "Data",
        "Experiments",
        "Experiments",
        "Numbers and figures",
        "Report",
        "Report",
    ]


def test_a_rule_is_finished_with_its_last_job():
    progress = Progress(0.0)
    progress.plan({"train_mnist": 2, "draw_mnist": 1, "total": 3})
    progress.begin(1, job("train_mnist"))
    progress.begin(2, job("train_mnist"))
    assert progress.finish(1, 10.0) == "train_mnist"
    assert not progress.complete("train_mnist")
    progress.finish(2, 12.0)
    assert progress.complete("train_mnist")
    assert list(progress.stages()) == [("Experiments", 2, 2), ("Numbers and figures", 0, 1)]
    assert progress.share() == pytest.approx(2 / 3)


def test_time_left_is_that_of_the_jobs_that_are_left_as_many_at_a_time_as_so_far():
    progress = Progress(0.0)
    progress.plan({"train": 10, "total": 10})
    assert progress.seconds_left(0.0) is None  # nothing tells yet
    for number in range(4):
        progress.begin(number, job("train", began=0.0 if number < 2 else 10.0))
        progress.finish(number, 10.0 if number < 2 else 20.0)
    # Four jobs of 10 s took 20 s, two at a time; six are left.
    assert progress.seconds_left(20.0) == pytest.approx(30.0)
    progress.begin(4, job("train", began=20.0))
    progress.begin(5, job("train", began=20.0))
    assert progress.seconds_left(25.0) == pytest.approx(25.0)


def test_before_a_rule_has_run_an_earlier_run_tells_what_it_takes():
    progress = Progress(0.0, earlier={"train_vision": 40.0, "draw": 2.0})
    progress.plan({"train_vision": 3, "draw": 1})
    assert progress.seconds_left(0.0) == pytest.approx(122.0)


def test_what_is_expected_of_each_job_counts_before_what_others_of_its_rule_took():
    progress = Progress(0.0)
    progress.expect(
        [PlannedJob("train", f"train/{name}", 1, {}, seconds) for name, seconds in (("mlp", 10.0), ("cnn", 100.0))]
    )
    progress.plan({"train": 2})
    assert progress.seconds_left(0.0) == pytest.approx(110.0)
    progress.begin(1, job("train", name="train/mlp"))
    assert progress.seconds_left(4.0) == pytest.approx(106.0)
    progress.finish(1, 20.0)  # twice as long, so the other one may take as much longer
    assert progress.seconds_left(20.0) == pytest.approx(200.0)
    progress.begin(2, job("train", began=20.0, name="train/cnn"))
    assert progress.seconds_left(70.0) == pytest.approx(150.0)


def test_a_rule_of_whose_jobs_one_is_unknown_counts_by_those_that_have_finished():
    progress = Progress(0.0)
    progress.expect([PlannedJob("train", "train/a", 1, {}, 1000.0), PlannedJob("train", "train/b", 1)])
    progress.plan({"train": 2})
    progress.begin(1, job("train", name="train/a"))
    progress.finish(1, 10.0)
    assert progress.seconds_left(10.0) == pytest.approx(10.0)


def test_a_job_tells_the_last_line_of_its_log(tmp_path):
    log = tmp_path / "a.log"
    assert job("train", logs=[log]).last_line() == ""
    log.write_text("epoch 1/3\nepoch 2/3  8 s left\n\n")
    assert job("train", logs=[tmp_path / "none", log]).last_line() == "epoch 2/3  8 s left"
    assert tail([log], 1) == ["epoch 2/3  8 s left"]


@pytest.mark.parametrize(("seconds", "text"), [(3.4, "3 s"), (99, "99 s"), (150, "2 min"), (7500, "2 h 5 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_lines_are_cut_to_their_width():
    assert shortened("a  b\nc", 20) == "a b c"
    assert shortened("x" * 200, 120) == "x" * 119 + "…"


def test_first_and_last_part_of_a_line_stay_before_those_between():
    line = "epoch 3/26  lr 0.1  train loss 1.23  12 s left"
    assert fitted(line, 80) == "epoch 3/26, lr 0.1, train loss 1.23, 12 s left"
    assert fitted(line, 30) == "epoch 3/26, lr 0.1, 12 s left"
    assert fitted(line, 22) == "epoch 3/26, 12 s left"
    assert fitted(line, 12) == "epoch 3/26,…"
    assert fitted("one part alone", 80) == "one part alone"
