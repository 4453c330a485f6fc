"""Trace every figure and table of the report back to rules, inputs, parameters, code, seeds and device."""

import re
from pathlib import Path

from lib.report.provenance import origins, producer, provenance_table, trace
from lib.report.summary import Summary
from lib.report.texts import load_texts
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.summaries import write_summary


def main(
    texts: list[InputFile],
    catalogue: InputFile,
    digests: InputFile,
    trainings: list[InputFile],
    summary: OutputFile,
    tables: list[OutputFile],
) -> None:
    rules = read_json(catalogue)
    trained_on = [read_json(path) for path in trainings]
    devices = sorted({f"{facts['device']}, {facts['precision']}" for facts in trained_on})
    # A summary may have the same name as a figure or a table: the folder tells them apart.
    made = {"/".join(Path(path).parts[-2:]): path for rule in rules.values() for path in rule["outputs"].values()}
    known = load_texts(texts[0].parent)
    traces = {
        name: trace(made[caption.file if caption.kind == "figure" else f"tables/{name}.csv"], rules)
        for name, caption in known.captions.items()
    }
    names = {
        name: {
            language: words[f"{caption.kind}_name"].format(number=caption.number)
            for language, words in known.labels.items()
        }
        for name, caption in known.captions.items()
    }
    trainers = {trainer[0] for path in trainings if (trainer := producer(str(path), rules))}
    details = {}
    for name, walk in traces.items():
        paths = [path for step in walk.steps for path in (step.path, *step.inputs)]
        seeds = {int(seed) for path in paths for seed in re.findall(r"/seed(\d+)", path)}
        trained = not trainers.isdisjoint(walk.rules)
        details[name] = {
            "seeds": f"{min(seeds)}-{max(seeds)}" if len(seeds) > 1 else ", ".join(map(str, seeds)),
            "device": "; ".join(devices) if trained else "cpu",
        }
    found = origins(traces, rules, read_json(digests), details)
    table = provenance_table(found, names, known.labels)
    traced = Summary(tables={"provenance": table}, facts={"provenance.origins": found})
    write_summary(traced, summary, tables)


if __name__ == "__main__":
    run_job(main)
