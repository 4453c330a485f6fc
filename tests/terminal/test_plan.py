"""What jobs took, by the files that an earlier run left, and how long so many of them take on so many cores."""

import pytest

from lib.terminal.plan import PlannedJob, by_rule, name_of, read_jobs, side_by_side, times_in, write_jobs


def test_a_job_has_the_name_of_its_benchmark_file():
    assert name_of("results/main/benchmarks/train_vision/mlp/seed0.tsv") == "train_vision/mlp/seed0"
    assert name_of("data/benchmarks/fetch_mnist.tsv") == "fetch_mnist"
    assert name_of(None) == name_of("elsewhere.tsv") == ""


def test_times_of_an_earlier_run_by_job_and_by_rule(tmp_path):
    for name, seconds in (("train_vision/mlp/seed0", 30), ("train_vision/mlp/seed1", 50), ("draw", 2)):
        path = tmp_path / f"{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\n{seconds}\t0:00:00\n")
    (tmp_path / "broken.tsv").write_text("nothing")
    times = times_in(tmp_path)
    assert times == {"draw": 2.0, "train_vision/mlp/seed0": 30.0, "train_vision/mlp/seed1": 50.0}
    assert by_rule(times) == {"draw": 2.0, "train_vision": 40.0}
    assert times_in(tmp_path / "none") == {}


@pytest.mark.parametrize(
    ("jobs", "cores", "seconds"),
    [
        ([(1, 10.0)] * 4, 2, 20.0),
        ([(2, 10.0)] * 4, 2, 40.0),
        ([(8, 10.0)], 2, 10.0),  # as many threads as there are cores
        ([(1, 30.0), (1, 2.0)], 2, 30.0),  # no less than the longest
        ([(1, 10.0), (1, None)], 1, 10.0),
        ([], 2, 0.0),
    ],
)
def test_time_on_some_cores(jobs, cores, seconds):
    planned = [PlannedJob("train", "", threads, {}, own) for threads, own in jobs]
    assert side_by_side(planned, cores) == pytest.approx(seconds)


def test_trainings_wait_for_a_gpu():
    jobs = [PlannedJob("train", "", 1, {}, 10.0, gpus=1)] * 4
    assert side_by_side(jobs, 16, 1) == pytest.approx(40.0)
    assert side_by_side(jobs, 16, 2) == pytest.approx(20.0)
    assert side_by_side(jobs, 1, 4) == pytest.approx(40.0)  # the cores are scarcer


def test_jobs_are_read_as_they_were_written(tmp_path):
    jobs = [PlannedJob("train", "train/a", 2, {"arm": "a"}, 3.5, 1), PlannedJob("draw", "draw", 1)]
    write_jobs(tmp_path / "new/plan.json", jobs)
    assert read_jobs(tmp_path / "new/plan.json") == jobs
    assert read_jobs(tmp_path / "none.json") == []
