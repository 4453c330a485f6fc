"""Draw the overfit study: curves, the map of settings that reach 100%, and gradient norms."""

from dataclasses import dataclass

from lib.figures.overfit import overfit_curves, overfit_gradient_norms, overfit_grid
from lib.workflow.figures import write_figure
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job
from lib.workflow.runs import read_runs

ARM = "overfit/{network}/seed{seed}"


@dataclass
class Arguments:
    histories: list[InputFile]
    grids: list[InputFile]
    gradient_norms: list[InputFile]
    networks: InputFile
    overfit_curves: list[OutputFile]
    overfit_grid: list[OutputFile]
    overfit_gradient_norms: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    networks = read_json(job.networks)
    marks = {name: (own["weight_scale"], own["learning_rate"]) for name, own in networks.items()}
    scales = {name: own["weight_scale"] for name, own in networks.items()}
    write_figure(overfit_curves(read_runs(job.histories, ARM)), job.overfit_curves)
    write_figure(overfit_grid(read_runs(job.grids, ARM), marks), job.overfit_grid)
    norms = read_runs(job.gradient_norms, ARM)
    write_figure(overfit_gradient_norms(norms, scales), job.overfit_gradient_norms)


if __name__ == "__main__":
    run_job(main)
