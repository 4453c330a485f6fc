"""Gradient check of every layer, and of every normalisation x dropout combination of the network."""

from dataclasses import dataclass

import torch

from lib.experiments.gradients import LayerCheckConfig
from lib.experiments.layer_checks import check_layers
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job


@dataclass
class Arguments:
    settings: InputFile
    layers: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    torch.set_num_threads(1)
    result = check_layers(read_settings(job.settings, LayerCheckConfig))
    with whole_files(job.layers) as (path,):
        result.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
