"""Score a trained model on the test set: the only rule that looks at it."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.vision.arm import score_test_set
from lib.vision.compute import resolve
from lib.vision.config import Arm, ComputeConfig
from lib.workflow.files import save_arrays, whole_files
from lib.workflow.gpus import hold_gpu
from lib.workflow.job import InputFile, OutputFile, Resource, parse_job, read_settings, run_job
from lib.workflow.models import load_model


@dataclass
class Arguments:
    data: InputFile
    weights: InputFile
    training: InputFile
    settings: InputFile
    compute: InputFile
    gpu: Resource[int]
    test: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    hold_gpu(job.gpu)
    arm = read_settings(job.settings, Arm)
    compute = resolve(read_settings(job.compute, ComputeConfig), arm.model.kind)
    dataset = load_dataset(job.data)
    model, normalisation = load_model(job.settings, job.weights, job.training, compute)
    with whole_files(job.test) as (test,):
        save_arrays(test, **score_test_set(model, dataset, arm.color, normalisation, compute))


if __name__ == "__main__":
    run_job(main)
