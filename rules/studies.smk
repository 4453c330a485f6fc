# What is drawn and what is summarised of each study: a study is a section of the report or an experiment, has a script
# scripts/draw_STUDY.py and scripts/summarise_STUDY.py, or one of them, and lies where STUDIES says. Which of these files a
# script takes, its arguments say; which figures and tables it makes, report/captions.yaml.

STUDIES = {
    "datasets": {
        "summary": DATASETS,
        "mnist": rules.describe_data.output.mnist_samples,
        "cifar10": rules.describe_data.output.cifar10_samples,
    },
    "network": {},
    "gradients": {
        "check": rules.check_gradients.output.check,
        "layers": rules.check_layers.output.layers,
        "steps": GRADIENT_STEPS,
        "settings": settings("gradients"),
    },
    "overfit": {
        "histories": overfit_files("history.csv"),
        "grids": overfit_files("grid.csv"),
        "gradient_norms": overfit_files("gradient_norms.csv"),
        "networks": settings("overfit.networks"),
        "settings": settings("overfit"),
    },
    "optimizers": {
        "losses": optimizer_files("loss.csv"),
        "epochs": optimizer_files("epochs.csv"),
        "settings": settings("optimizers"),
    },
    "search": {
        "trials": expand(SEARCH_TRIALS, optimizer=MAIN_OPTIMIZERS, seed=SEARCH_SEEDS),
        "chosen": expand(rules.choose_rate.output.chosen, optimizer=MAIN_OPTIMIZERS),
        "losses": expand(rules.rank_optimizer.output.loss, optimizer=MAIN_OPTIMIZERS, seed=FRESH_SEEDS),
        "epochs": expand(rules.rank_optimizer.output.epochs, optimizer=MAIN_OPTIMIZERS, seed=FRESH_SEEDS),
        "settings": settings("optimizers"),
    },
    "printed_adam": {
        "real_histories": mnist_files("history.csv"),
        "printed_histories": mnist_files("history.csv", "printed/"),
        "real_results": mnist_files("result.json"),
        "printed_results": mnist_files("result.json", "printed/"),
        "experiment": settings("experiments.printed_adam"),
    },
    "mnist": {
        "architecture": rules.describe_mnist_network.output.architecture,
        "trials": rules.search_mnist.output.trials,
        "best": rules.search_mnist.output.best,
        "histories": mnist_files("history.csv"),
        "results": mnist_files("result.json"),
        "predictions": mnist_files("predictions.npz"),
    },
    "batch_statistics": {"accuracies": BATCH_STATISTICS},
    "cifar": {
        "mlp": results("vision/architecture/mlp-rgb.json"),
        "cnn": results("vision/architecture/cnn-rgb.json"),
        "histories": arm_files("history.csv", *COLOUR_ARMS),
        "trainings": arm_files("training.json", *COLOUR_ARMS),
        "tests": arm_files("test.npz", *COLOUR_ARMS),
        "filter_arrays": rules.inspect_filters.output.arrays,
        "filters": rules.inspect_filters.output.filters,
        "thresholds": rules.inspect_filters.output.thresholds,
        "settings": settings("cifar"),
    },
    "gray": {
        "samples": rules.describe_data.output.cifar10_samples,
        "architectures": ARCHITECTURES,
        "histories": arm_files("history.csv", *CORE_ARMS),
        "trainings": arm_files("training.json", *CORE_ARMS),
        "tests": arm_files("test.npz", *CORE_ARMS),
    },
    "discussion": {
        **{name: results(f"summaries/{name}.json") for name in ("mnist", "cifar", "gray")},
        "architectures": ARCHITECTURES,
    },
}

SUMMARY_NAMES = {  # where numbers go by another name than their experiment
    "mlp_ceiling": "ceiling",
    "gray_three_channels": "gray3",
    "shuffled_pixels": "shuffled",
    "shifted_images": "shifted",
    "search_budget": "search",
}

# Experiments that train further models on CIFAR-10: which files of their arms they take.
CONTROLS = {
    "mlp_ceiling": ("history.csv", "test.npz", "weights.npz"),
    "rate_drops": ("history.csv", "validation.npz"),
    "conv_init": ("history.csv", "test.npz"),
    "augmented_validation": ("augmented.npz", "validation.npz", "test.npz"),
    "gray_three_channels": ("test.npz", "weights.npz"),
    "shuffled_pixels": ("test.npz", "training.json"),
    "shifted_images": ("shifts.npz",),
    "filter_controls": ("filters.csv",),
}
STUDIES |= {
    experiment: {
        "arms": [path for name in files for path in arm_files(name, *ARMS[experiment])],
        "settings": [settings(f"arm.{arm}") for arm in ARMS[experiment]],
    }
    for experiment, files in CONTROLS.items()
}


def captions_of(study, kind):
    """The figures or tables of a study, in the order of the report."""
    owner = {"search": "search_budget"}.get(study, study)
    return [c.id for c in CAPTIONS.values() if c.kind == kind and (c.experiment or c.section) == owner]


for study, files in STUDIES.items():
    FILES = {"datasets": DATASETS, "reference": REFERENCE, **files}
    FIGURE_IDS, TABLE_IDS = captions_of(study, "figure"), captions_of(study, "table")
    SCRIPT = "controls" if study in CONTROLS else study

    if FIGURE_IDS:

        rule:
            name:
                f"draw_{study}"
            input:
                **{name: FILES[name] for name in inputs_of(f"draw_{SCRIPT}")},
                code=code_of(f"draw_{SCRIPT}"),
                matplotlib=version_of("matplotlib"),
            output:
                **{"figure" if study in CONTROLS else name: figure_files(name) for name in FIGURE_IDS},
            log:
                logs(f"draw_{study}.log"),
            benchmark:
                benchmarks(f"draw_{study}.tsv")
            localrule: True
            conda:
                "../environment.yml"
            threads: 1
            resources:
                mem_mb=1000,
                runtime=5,
            params:
                command=command_of(f"draw_{SCRIPT}", name=FIGURE_IDS[0]),
            message:
                f"Drawing: {study}"
            shell:
                "{params.command} > {log} 2>&1"

    if TABLE_IDS or not FIGURE_IDS:

        rule:
            name:
                f"summarise_{study}"
            input:
                **{name: FILES[name] for name in inputs_of(f"summarise_{SCRIPT}")},
                code=code_of(f"summarise_{SCRIPT}"),
            output:
                **({"tables": table_files(*TABLE_IDS)} if TABLE_IDS else {}),
                summary=results(f"summaries/{SUMMARY_NAMES.get(study, study)}.json"),
            log:
                logs(f"summarise_{study}.log"),
            benchmark:
                benchmarks(f"summarise_{study}.tsv")
            localrule: True
            conda:
                "../environment.yml"
            threads: 1
            resources:
                mem_mb=1000,
                runtime=5,
            params:
                command=command_of(f"summarise_{SCRIPT}", name=study),
            message:
                f"Summarising: {study}"
            shell:
                "{params.command} > {log} 2>&1"
