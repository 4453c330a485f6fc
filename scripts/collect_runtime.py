"""Read the benchmark files of a run's jobs: run time, CPU time and peak memory of every rule and experiment."""

from collections import defaultdict
from pathlib import Path

import pandas as pd

from lib.report.provenance import fill, producer, trace
from lib.summaries.runtime import MEASURED, summarise
from lib.workflow.files import read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, run_job


def main(
    summaries: list[InputFile],
    figures: list[InputFile],
    catalogue: InputFile,
    trainings: list[InputFile],
    summary: OutputFile,
) -> None:
    rules = read_json(catalogue)
    trained_on = {}  # by benchmark file
    for path in trainings:
        made = producer(str(path), rules)
        assert made is not None  # by a rule of this run
        rule, wildcards = made
        key = read_json(path)
        trained_on[fill(rules[rule]["benchmark"], wildcards)] = "CPU" if key["device"] == "cpu" else key["device_name"]
    jobs: dict[str, tuple[str, str]] = {}
    devices: defaultdict[str, set[str]] = defaultdict(set)
    for path in [*summaries, *figures]:
        steps = trace(str(path), rules).steps
        experiment = steps[0].rule.partition("summarise_")[2] or steps[0].rule.partition("draw_")[2]
        files = {step.benchmark: step.rule for step in steps if step.benchmark}
        devices[experiment] |= {trained_on[file] for file in files if file in trained_on}
        for file, rule in files.items():
            if Path(file).is_file():  # a training that was taken from a bundle has none
                jobs.setdefault(file, (rule, experiment))
    tables = [
        pd.read_csv(file, sep="\t").reindex(columns=list(MEASURED)).assign(rule=rule, experiment=experiment)
        for file, (rule, experiment) in jobs.items()
    ]
    nothing = pd.DataFrame(columns=[*MEASURED, "rule", "experiment"])
    found = summarise(pd.concat(tables) if tables else nothing, devices)
    with whole_files(summary) as (target,):
        target.write_text(found.to_json(), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
