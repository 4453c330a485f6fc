"""Record what the run is made with: versions, processor, GPU, data and configuration."""

import importlib.metadata
import platform
from pathlib import Path

import torch
import yaml

from lib.summaries.environment import summarise
from lib.workflow.files import read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.settings import join_sections


def processor_name() -> str:
    """The processor's model name, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    return ", ".join(sorted(names)) or platform.processor() or platform.machine()


def main(
    datasets: InputFile,
    settings: list[InputFile],
    trainings: list[InputFile],
    versions: list[InputFile],
    summary: OutputFile,
    configuration: OutputFile,
) -> None:
    whole = yaml.safe_dump(
        join_sections(settings), sort_keys=True, allow_unicode=True, width=100, default_flow_style=None
    )
    found = summarise(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        processor=processor_name(),
        gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        # Those here, where the rule's own may be of another environment.
        packages={path.stem: importlib.metadata.version(path.stem) for path in versions},
        data=read_json(datasets),
        trainings=[read_json(path) for path in trainings],
    )
    with whole_files(summary, configuration) as (target, beside):
        target.write_text(found.to_json(), encoding="utf-8")
        beside.write_text(whole, encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
