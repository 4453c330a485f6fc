"""Gradient check of every layer, and of every normalisation x dropout combination of the network."""

import torch

from lib.experiments.config.gradients import LayerCheckConfig
from lib.experiments.layer_checks import check_layers
from lib.workflow.files import whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job


def main(settings: InputFile, layers: OutputFile) -> None:
    torch.set_num_threads(1)
    result = check_layers(read_settings(settings, LayerCheckConfig))
    with whole_files(layers) as (path,):
        result.to_csv(path, index=False)


if __name__ == "__main__":
    run_job(main)
