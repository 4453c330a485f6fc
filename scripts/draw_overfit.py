"""Draw the overfit study: curves, the map of settings that reach 100%, and gradient norms."""

from lib.experiments.paths import OVERFIT
from lib.figures.overfit import draw
from lib.workflow.figures import write_figures
from lib.workflow.files import read_json
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs


def main(
    histories: list[InputFile],
    grids: list[InputFile],
    gradient_norms: list[InputFile],
    networks: InputFile,
    figures: list[OutputFile],
) -> None:
    curves, grid, norms = (read_runs(paths, OVERFIT) for paths in (histories, grids, gradient_norms))
    write_figures(draw(curves, grid, norms, read_json(networks)), figures)


if __name__ == "__main__":
    run_job(main)
