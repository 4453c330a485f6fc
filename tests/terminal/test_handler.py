"""What a run shows: without a terminal a short line for each finished rule, and what fails with the end of its log."""

import io
import itertools
import logging
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console
from snakemake_interface_logger_plugins.common import LogEvent

import lib.terminal.handler as handler_module
from lib.terminal.handler import LogHandler, LogHandlerSettings
from lib.terminal.plan import read_jobs, write_jobs


@pytest.fixture
def handler(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = LogHandler(SimpleNamespace(stdout=False, dryrun=False), None)
    found.stream = io.StringIO()
    found.console = Console(file=found.stream, width=100)
    return found


def tell(handler, event, message="", level=logging.INFO, **told):
    record = logging.LogRecord("snakemake", level, "", 0, message, (), None)
    record.event = event
    record.__dict__.update(told)
    handler.emit(record)


def run_job(handler, number, rule, logs=(), finish=True):
    tell(handler, LogEvent.JOB_INFO, jobid=number, rule_name=rule, rule_msg=f"Doing {rule}", log=logs, benchmark=None)
    if finish:
        tell(handler, LogEvent.JOB_FINISHED, job_id=number)


def lines(handler):
    return handler.stream.getvalue().splitlines()


def test_each_rule_is_one_short_line_when_its_last_job_is_done(handler):
    tell(handler, LogEvent.RUN_INFO, stats={"train_mnist": 3, "draw_mnist": 1, "total": 4})
    for number in range(3):
        run_job(handler, number, "train_mnist")
    run_job(handler, 3, "draw_mnist")
    assert lines(handler) == [" 75%  train_mnist, 3 jobs, 0 s", "100%  draw_mnist, 0 s"]


def test_rules_of_a_long_run_that_took_no_time_share_a_line(handler):
    rules = [f"draw_{number}" for number in range(200)]
    tell(handler, LogEvent.RUN_INFO, stats=dict.fromkeys(rules, 1))
    for number, rule in enumerate(rules):
        run_job(handler, number, rule)
    shown = [int(line.split("%")[0]) for line in lines(handler)]
    assert shown[-1] == 100
    steps = [after - before for before, after in itertools.pairwise([0, *shown])]
    assert all(1 < step <= 3 for step in steps[:-1])


def test_a_long_rule_tells_now_and_then_how_far_it_is(handler, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(handler_module.time, "monotonic", lambda: now[0])
    handler.progress.began, handler.told = 0.0, (0.0, 0.0)
    tell(handler, LogEvent.RUN_INFO, stats={"train_vision": 10, "total": 10})
    for number in range(10):
        run_job(handler, number, "train_vision", finish=False)
        now[0] += 200
        tell(handler, LogEvent.JOB_FINISHED, job_id=number)
    assert [line.split(",")[1] for line in lines(handler)] == [f" {n} of 10 jobs" for n in (2, 4, 6, 8)] + [" 10 jobs"]
    assert lines(handler)[0] == " 20%  train_vision, 2 of 10 jobs, 7 min; 27 min left"


def test_a_dry_run_leaves_its_jobs_for_the_run_that_knows_what_to_expect(tmp_path):
    file = tmp_path / "plan.json"
    planner = LogHandler(SimpleNamespace(stdout=False, dryrun=True), LogHandlerSettings(jobs=file))
    planner.stream = io.StringIO()
    stats = {"train": 2, "draw": 1, "total": 3}
    tell(planner, LogEvent.RUN_INFO, stats=stats)
    for number, name in enumerate(("a", "b")):
        told = {"wildcards": {"arm": name}, "benchmark": f"results/r/benchmarks/train/{name}.tsv", "threads": 2}
        tell(planner, LogEvent.JOB_INFO, jobid=number, rule_name="train", rule_msg="Training", log=[], **told)
    tell(planner, LogEvent.JOB_INFO, jobid=3, rule_name="draw", rule_msg="Drawing", log=[], benchmark=None, threads=1)
    planner.close()
    assert planner.stream.getvalue() == ""
    jobs = read_jobs(file)
    assert [(job.rule, job.name, job.threads, job.wildcards) for job in jobs] == [
        ("train", "train/a", 2, {"arm": "a"}),
        ("train", "train/b", 2, {"arm": "b"}),
        ("draw", "", 1, {}),
    ]

    write_jobs(file, [replace(job, seconds=50.0) for job in jobs])
    handler = LogHandler(SimpleNamespace(stdout=False, dryrun=False), LogHandlerSettings(jobs=file))
    tell(handler, LogEvent.RUN_INFO, stats=stats)
    assert handler.progress.seconds_left(handler.progress.began) == pytest.approx(150.0)


def test_snakemakes_own_messages_are_not_shown_but_warnings_and_that_nothing_is_to_be_done(handler):
    tell(handler, None, "Building DAG of jobs...")
    tell(handler, LogEvent.SHELLCMD, "python -m scripts.x")
    tell(handler, None, "Nothing to be done (all requested files are present and up to date).")
    tell(handler, None, "The disk is nearly full.", level=logging.WARNING)
    assert lines(handler) == [
        "Nothing to be done (all requested files are present and up to date).",
        "The disk is nearly full.",
    ]


def test_a_failure_shows_the_end_of_its_log_and_what_to_do(handler, tmp_path):
    log = tmp_path / "train.log"
    log.write_text("\n".join(f"line {i}" for i in range(50)) + "\n" + "e" * 500)
    tell(handler, LogEvent.RUN_INFO, stats={"train": 1, "total": 1})
    run_job(handler, 1, "train", [str(log)], finish=False)
    tell(handler, LogEvent.JOB_ERROR, level=logging.ERROR, jobid=1, rule_name="train", log=[str(log)])
    shown = lines(handler)
    assert shown[0] == "Failed: Doing train"
    assert "  line 49" in shown and "  line 10" not in shown
    assert "give the same command again" in shown[-1] and str(log) in shown[-1]
    assert max(map(len, shown[:-1])) <= 120


def test_the_last_line_names_the_whole_log(handler, tmp_path):
    folder = tmp_path / ".snakemake/log"
    folder.mkdir(parents=True)
    for name in ("2026-01-01", "2026-01-02"):
        (folder / f"{name}.snakemake.log").touch()
    tell(handler, LogEvent.RUN_INFO, stats={"train": 1, "total": 1})
    handler.close()
    assert lines(handler)[-1] == "The whole log: .snakemake/log/2026-01-02.snakemake.log"


def test_a_terminal_has_bars_what_runs_now_and_the_time_left(handler, tmp_path):
    log = tmp_path / "cnn.log"
    log.write_text("epoch 3/26  train loss 1.2  5 min left\n")
    tell(handler, LogEvent.RUN_INFO, stats={"train_vision": 4, "draw_cifar": 1, "total": 5})
    run_job(handler, 1, "train_vision")
    run_job(handler, 2, "train_vision", [str(log)], finish=False)
    with handler.console.capture() as capture:
        handler.console.print(handler.picture())
    shown = capture.get()
    assert "Experiments" in shown and "1 of 4" in shown and "Numbers and figures" in shown
    assert "Doing train_vision, 0 s\n  epoch 3/26, train loss 1.2, 5 min left\n" in shown
    assert "left" in shown.splitlines()[-1]


def test_on_a_narrow_terminal_epoch_and_time_left_of_a_training_stay(handler, tmp_path):
    log = tmp_path / "cnn.log"
    log.write_text(
        "epoch 13/26  lr 0.1  train loss 1.2345 accuracy 0.5  validation loss 1.1 accuracy 0.6  118 s left\n"
    )
    message = "Training on CIFAR-10: cnn-rgb, seed 0; compressed recipe, 26 epochs, threads: 2, GPUs: 0"
    tell(handler, LogEvent.RUN_INFO, stats={"train_vision": 1, "total": 1})
    told = {"rule_name": "train_vision", "rule_msg": message, "log": [str(log)], "benchmark": None}
    tell(handler, LogEvent.JOB_INFO, jobid=1, **told)
    handler.console.width = 80
    with handler.console.capture() as capture:
        handler.console.print(handler.picture())
    shown = capture.get().splitlines()
    at = shown.index("Training on CIFAR-10: cnn-rgb, seed 0, 0 s")
    assert shown[at + 1] == "  epoch 13/26, lr 0.1, train loss 1.2345 accuracy 0.5, 118 s left"


def test_an_event_that_cannot_be_read_ends_nothing(handler, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    tell(handler, LogEvent.JOB_FINISHED)
    run_job(handler, 9, "not_planned")
