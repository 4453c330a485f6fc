"""Train the CNN on the few images of section 2.4, for one seed."""

from lib.data.dataset import load_dataset
from lib.data.splits import SplitConfig, split_by
from lib.experiments.config.overfit import OverfitCnnConfig, OverfitTrainingConfig
from lib.experiments.overfit_cnn import run
from lib.vision.compute import resolve
from lib.vision.config import ComputeConfig, ModelConfig
from lib.workflow.files import stable_json, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, Wildcard, read_settings, run_job


def main(
    data: InputFile,
    settings: InputFile,
    cnn_settings: InputFile,
    model: InputFile,
    split: InputFile,
    compute: InputFile,
    gpu: Resource[int],
    seed: Wildcard[int],
    result: OutputFile,
) -> None:
    hold_gpu(gpu)
    config = read_settings(settings, OverfitTrainingConfig)
    cnn, network = read_settings(cnn_settings, OverfitCnnConfig), read_settings(model, ModelConfig)
    splits = split_by(load_dataset(data), read_settings(split, SplitConfig))
    found = run(splits, network, config, cnn, resolve(read_settings(compute, ComputeConfig), network.kind), seed)
    with whole_files(result) as (path,):
        path.write_text(stable_json(found), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
