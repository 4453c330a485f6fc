"""Draw the test accuracy by epoch."""

from matplotlib.figure import Figure

from lib.workflow.figures import write_figures
from lib.workflow.job import InputFile, OutputFile, run_job
from lib.workflow.patterns import read_runs


def main(histories: list[InputFile], figures: list[OutputFile]) -> None:
    runs = read_runs(histories, "digits/seed{seed}.csv")
    figure = Figure(figsize=(5, 3), layout="constrained")
    runs.pivot(index="epoch", columns="seed", values="test_accuracy").plot(ax=figure.subplots(), ylabel="Test accuracy")
    write_figures({"digits_curves": figure}, figures)


if __name__ == "__main__":
    run_job(main)
