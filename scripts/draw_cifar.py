"""Draw the comparison of MLP and CNN on CIFAR-10, and what the CNN's first layer looks at."""

from collections import defaultdict
from dataclasses import dataclass

from lib.figures.architecture import cifar_architectures
from lib.figures.cifar import cifar_bars, cifar_confusion, cifar_curves, cifar_per_class
from lib.figures.filters import cifar_feature_maps, cifar_filters
from lib.workflow.arms import read_accuracies, read_class_accuracies, read_histories, read_predictions
from lib.workflow.figures import write_figure
from lib.workflow.files import load_arrays, read_json
from lib.workflow.job import InputFile, OutputFile, parse_job, run_job


@dataclass
class Arguments:
    datasets: InputFile
    mlp: InputFile
    cnn: InputFile
    histories: list[InputFile]
    trainings: list[InputFile]
    tests: list[InputFile]
    filter_arrays: InputFile
    cifar_architectures: list[OutputFile]
    cifar_curves: list[OutputFile]
    cifar_bars: list[OutputFile]
    cifar_per_class: list[OutputFile]
    cifar_confusion: list[OutputFile]
    cifar_filters: list[OutputFile]
    cifar_feature_maps: list[OutputFile]


def main() -> None:
    job = parse_job(__doc__, Arguments)
    names = read_json(job.datasets)["cifar10"]["class_names"]
    predictions = defaultdict(list)
    for arm, arrays in read_predictions(job.tests):
        predictions[str(arm["model"])].append(arrays)
    inspected = load_arrays(job.filter_arrays)
    image_class = names[int(inspected["label"][0])]
    descriptions = {"mlp": read_json(job.mlp), "cnn": read_json(job.cnn)}
    accuracies = read_accuracies(job.histories, job.trainings, job.tests)
    write_figure(cifar_architectures(descriptions), job.cifar_architectures)
    write_figure(cifar_curves(read_histories(job.histories)), job.cifar_curves)
    write_figure(cifar_bars(accuracies), job.cifar_bars)
    write_figure(cifar_per_class(read_class_accuracies(job.tests, names)), job.cifar_per_class)
    write_figure(cifar_confusion(predictions, names), job.cifar_confusion)
    write_figure(cifar_filters(inspected["filters"]), job.cifar_filters)
    maps = cifar_feature_maps(inspected["image"], inspected["maps"], class_name=image_class)
    write_figure(maps, job.cifar_feature_maps)


if __name__ == "__main__":
    run_job(main)
