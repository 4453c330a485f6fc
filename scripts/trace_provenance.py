"""Trace every figure and table of the report back to rules, inputs, parameters, code, seeds and device."""

import re
from dataclasses import dataclass
from pathlib import Path

from lib.report.provenance import origins, provenance_table, trace
from lib.report.summary import Summary
from lib.report.texts import load_texts
from lib.workflow.files import read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    texts: list[InputFile]
    catalogue: InputFile
    trainings: list[InputFile]
    summary: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    catalogue = read_json(job.catalogue)
    trainings = [read_json(path) for path in job.trainings]
    devices = sorted({f"{facts['device']}, {facts['precision']}" for facts in trainings})
    # A summary may have the same name as a figure or a table: the folder tells them apart.
    made = {"/".join(Path(path).parts[-2:]): path for rule in catalogue.values() for path in rule["outputs"].values()}
    texts = load_texts(job.texts[0].parent)
    traces = {
        name: trace(made[caption.file if caption.kind == "figure" else f"tables/{name}.csv"], catalogue)
        for name, caption in texts.captions.items()
    }
    names = {
        name: {
            language: words[f"{caption.kind}_name"].format(number=caption.number)
            for language, words in texts.labels.items()
        }
        for name, caption in texts.captions.items()
    }
    details = {}
    for name, walk in traces.items():
        paths = [path for step in walk.steps for path in (step.path, *step.inputs)]
        seeds = {int(seed) for path in paths for seed in re.findall(r"/seed(\d+)", path)}
        trained = "train_vision" in walk.rules
        details[name] = {
            "seeds": f"{min(seeds)}-{max(seeds)}" if len(seeds) > 1 else ", ".join(map(str, seeds)),
            "device": "; ".join(devices) if trained else "cpu",
        }
    digests = {rule["code"]: rule["digest"] for rule in catalogue.values() if rule["code"]}
    found = origins(traces, catalogue, digests, details)
    summary = Summary(tables={"provenance": provenance_table(found, names)}, facts={"provenance.origins": found})
    with whole_files(job.summary) as (target,):
        target.write_text(summary.to_json(), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
