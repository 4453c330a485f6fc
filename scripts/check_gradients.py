"""Gradient check of the whole network, without and with regularisation."""

from lib.experiments import gradients
from lib.workflow.files import stable_json, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job


def main(settings: InputFile, check: OutputFile) -> None:
    result = gradients.check(read_settings(settings, gradients.GradientCheckConfig))
    with whole_files(check) as (path,):
        path.write_text(stable_json(result), encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
