# Experiments beyond the original's own that train further models on CIFAR-10. Their arms are those of the section `arms`
# of the configuration; the rules that train and test them are in rules/cifar.smk.

CONTROLS = {  # experiment -> section, summary, figure, files; lib.experiments.names has the arms
    "mlp_ceiling": ("cifar", "ceiling", "ceiling_curves", "history.csv test.npz weights.npz"),
    "rate_drops": ("cifar", "rate_drops", "rate_drops", "history.csv validation.npz"),
    "conv_init": ("cifar", "conv_init", "conv_init_curves", "history.csv test.npz"),
    "augmented_validation": (
        *("cifar", "augmented_validation", "augmented_validation_bars"),
        "augmented.npz validation.npz test.npz",
    ),
    "gray_three_channels": ("gray", "gray3", "gray3_bars", "test.npz weights.npz"),
    "shuffled_pixels": ("discussion", "shuffled", "shuffled_bars", "test.npz training.json"),
    "shifted_images": ("discussion", "shifted", "shifted_curves", "shifts.npz"),
    "filter_controls": ("discussion", "filter_controls", "filter_controls", "filters.csv"),
}

for experiment, (_, summary, figure, files) in CONTROLS.items():
    RESULTS = [path for name in files.split() for path in arm_files(name, *ARMS[experiment])]

    rule:
        name:
            f"draw_{experiment}"
        input:
            arms=RESULTS,
            code=code_of("draw_controls"),
            matplotlib=version_of("matplotlib"),
        output:
            figure=figure_files(figure),
        log:
            logs(f"draw_{experiment}.log"),
        benchmark:
            benchmarks(f"draw_{experiment}.tsv")
        localrule: True
        conda:
            "../environment.yml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=5,
        params:
            name=figure,
        message:
            f"Drawing the experiment: {experiment}"
        shell:
            run_script("draw_controls", inputs="arms", outputs="figure", params="name")

    rule:
        name:
            f"summarise_{experiment}"
        input:
            arms=RESULTS,
            settings=[settings(f"arm.{arm}") for arm in ARMS[experiment]],
            code=code_of("summarise_controls"),
        output:
            summary=results(f"summaries/{summary}.json"),
            tables=table_files(f"{summary}_results"),
        log:
            logs(f"summarise_{experiment}.log"),
        benchmark:
            benchmarks(f"summarise_{experiment}.tsv")
        localrule: True
        conda:
            "../environment.yml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=5,
        params:
            name=experiment,
        message:
            f"Summarising the experiment: {experiment}"
        shell:
            run_script("summarise_controls", inputs="arms settings", outputs="summary tables", params="name")
