"""Layers, output shapes, parameters and receptive fields of one architecture, read off the model object."""

from dataclasses import asdict

from lib.vision.config import ModelConfig
from lib.vision.models import build_model, describe
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job

CHANNELS = {"rgb": 3, "gray": 1, "gray3": 3}


def main(settings: InputFile, color: str, description: OutputFile) -> None:
    shape = (CHANNELS[color], 32, 32)
    model = build_model(shape[0], read_settings(settings, ModelConfig), seed=0)
    layers = [asdict(layer) for layer in describe(model, shape)]
    total = sum(parameter.numel() for parameter in model.parameters())
    with whole_files(description) as (path,):
        path.write_text(stable_json({"layers": layers, "parameters": total, "input_shape": shape}))


if __name__ == "__main__":
    run_job(main)
