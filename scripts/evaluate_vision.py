"""Score a trained model on the test set: the only rule that looks at it."""

from dataclasses import dataclass

from lib.data.dataset import load_dataset
from lib.vision.arm import ArmConfig, in_color
from lib.vision.compute import ComputeConfig, resolve
from lib.vision.models import build_model
from lib.vision.training import Normalisation, predict
from lib.vision.weights import load_weights
from lib.workflow.files import load_arrays, read_json, save_arrays, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job


@dataclass
class Arguments:
    data: InputFile
    weights: InputFile
    training: InputFile
    settings: InputFile
    compute: InputFile
    color: str
    test: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    compute = resolve(read_settings(job.compute, ComputeConfig))
    dataset = load_dataset(job.data)
    images = in_color(dataset.x_test, job.color)
    facts = read_json(job.training)
    normalisation = Normalisation(tuple(facts["mean"]), tuple(facts["std"]))
    model = build_model(images.shape[1], read_settings(job.settings, ArmConfig).model, seed=0)
    model = load_weights(model, load_arrays(job.weights), compute)
    scores = predict(model, images, normalisation, compute)
    flipped = predict(model, images, normalisation, compute, flip=True)
    with whole_files(job.test) as (test,):
        save_arrays(test, scores=scores, flipped_scores=flipped, labels=dataset.y_test)


if __name__ == "__main__":
    run_job(main)
