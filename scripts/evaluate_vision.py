"""Score a trained model on the test set: the only rule that looks at it."""

from lib.data.dataset import load_dataset
from lib.experiments.models import load_model
from lib.vision.arm import score_test_set
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.workflow.files import save_arrays, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, read_settings, run_job


def main(
    data: InputFile,
    weights: InputFile,
    training: InputFile,
    settings: InputFile,
    compute: InputFile,
    gpu: Resource[int],
    test: OutputFile,
) -> None:
    hold_gpu(gpu)
    arm = read_settings(settings, Arm)
    device = resolve(read_settings(compute, ComputeConfig), arm.model.kind)
    dataset = load_dataset(data)
    model, normalisation = load_model(settings, weights, training, device)
    with whole_files(test) as (target,):
        save_arrays(target, **score_test_set(model, dataset, arm.color, normalisation, device))


if __name__ == "__main__":
    run_job(main)
