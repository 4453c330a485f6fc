"""Write one trained network of each arm as safetensors, with a model card."""

from lib.vision.config import Arm
from lib.vision.exported import save
from lib.vision.model_card import described, model_card
from lib.vision.normalisation import Normalisation
from lib.workflow.files import load_arrays, read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, read_settings, run_job
from lib.workflow.summaries import made_from_samples


def main(
    run: str,
    weights: list[InputFile],
    trainings: list[InputFile],
    tests: list[InputFile],
    settings: list[InputFile],
    doses: list[InputFile],
    origins: list[InputFile],
    metrics: InputFile,
    datasets: list[InputFile],
    template: InputFile,
    card: OutputFile,
    networks: list[OutputFile],
) -> None:
    numbers, said = read_json(metrics), []
    classes = read_json(datasets[0])["cifar10"]["class_names"]
    with whole_files(card, *networks) as (text, *targets):
        for target, path, *files in zip(targets, weights, trainings, tests, settings, doses, origins, strict=True):
            training, test, setting, dose, origin = files
            if not (arrays := load_arrays(path)):
                raise ValueError(f"{path}: came in a bundle without weights; take one made with WEIGHTS=one or all")
            facts, arm = read_json(training), read_settings(setting, Arm)
            save(target, arrays, arm, Normalisation(tuple(facts["mean"]), tuple(facts["std"])), classes)
            name, recipe = path.parent.parent.name, read_json(dose)["recipe"]
            said.append(described(name, arm, arrays, load_arrays(test), facts, recipe, read_json(origin), numbers))
        page = model_card(template.read_text(encoding="utf-8"), run, said, made_from_samples(datasets))
        text.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    run_job(main)
