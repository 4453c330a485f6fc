"""Layers, output shapes, parameters and receptive fields of one architecture, read off the model object."""

from dataclasses import asdict, dataclass

from lib.vision.config import Arm
from lib.vision.models import build_model, describe
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, parse_job, read_settings, run_job

CHANNELS = {"rgb": 3, "gray": 1, "gray3": 3}


@dataclass
class Arguments:
    settings: InputFile
    description: OutputFile


def main() -> None:
    job = parse_job(__doc__, Arguments)
    arm = read_settings(job.settings, Arm)
    shape = (CHANNELS[arm.color], 32, 32)
    model = build_model(shape[0], arm.model, seed=0)
    layers = [asdict(layer) for layer in describe(model, shape)]
    total = sum(parameter.numel() for parameter in model.parameters())
    with whole_files(job.description) as (path,):
        path.write_text(stable_json({"layers": layers, "parameters": total, "input_shape": shape}))


if __name__ == "__main__":
    run_job(main)
