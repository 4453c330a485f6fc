# Section 2.7: MLP against CNN on CIFAR-10. The rules of one arm serve section 2.8 (gray) and all experiments as well.

COLOUR_ARMS = ("mlp-rgb", "cnn-rgb")
CORE_ARMS = ("mlp-rgb", "mlp-gray", "cnn-rgb", "cnn-gray")
GPUS = run.gpus()
TRAINED = "|".join(sorted(set(run.arms) - set(run.shared)))
ARCHITECTURES = expand(results("vision/architecture/{arm}.json"), arm=CORE_ARMS)


rule train_vision:
    input:
        data=data_of("cifar10"),
        code=code_of("train_vision"),
        settings=settings("arm.{arm}"),
        split=settings("data.cifar10"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        history=results(f"{ARM}/history.csv"),
        weights=results(f"{ARM}/weights.npz"),
        training=results(f"{ARM}/training.json"),
        validation=results(f"{ARM}/validation.npz"),
        filters=results(f"{ARM}/filters.csv"),
        key=results(f"{ARM}/key.json"),
    log:
        logs(f"train_{ARM}.log"),
    benchmark:
        benchmarks(f"train_vision/{ARM}.tsv")
    wildcard_constraints:
        arm=TRAINED,
    conda:
        "../environment.yml"
    threads: lambda wildcards: run.threads_of(wildcards.arm)
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=GPUS,
    params:
        settings=section_for("arm.{arm}"),
        epochs=section_for("arm.{arm}.training.epochs"),
        recipe=lambda wildcards: run.recipe_of(wildcards.arm),
        checkpoints=results("checkpoints"),
    message:
        "Training on CIFAR-10: {wildcards.arm}, seed {wildcards.seed}; {params.recipe} recipe, {params.epochs} epochs,"
        " threads: {threads}, GPUs: {resources.gpu}"
    shell:
        run_script(
            "train_vision",
            inputs="data code settings split compute torch",
            outputs="history weights training validation filters key",
            wildcards="arm seed",
            params="checkpoints",
            resources="gpu",
        )


# Arms with the same settings are one training, whose files the others take over.
for arm, trained in run.shared.items():

    rule:
        name:
            f"share_{arm}"
        input:
            results(f"vision/{trained}/seed{{seed}}/{{file}}"),
        output:
            results(f"vision/{arm}/seed{{seed}}/{{file}}"),
        log:
            logs(f"share/{arm}_seed{{seed}}_{{file}}.log"),
        benchmark:
            benchmarks(f"share/{arm}/seed{{seed}}/{{file}}.tsv")
        wildcard_constraints:
            file=r"[^/]+",
        localrule: True
        conda:
            "../environment.yml"
        threads: 1
        resources:
            mem_mb=100,
            runtime=5,
        message:
            f"{arm}, seed {{wildcards.seed}}: {{wildcards.file}} is that of {trained}"
        shell:
            "cp {input:q} {output:q} > {log} 2>&1"


rule evaluate_vision:
    input:
        data=data_of("cifar10"),
        weights=rules.train_vision.output.weights,
        training=rules.train_vision.output.training,
        code=code_of("evaluate_vision"),
        settings=settings("arm.{arm}"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        test=results(f"{ARM}/test.npz"),
    log:
        logs(f"evaluate_{ARM}.log"),
    benchmark:
        benchmarks(f"evaluate_vision/{ARM}.tsv")
    wildcard_constraints:
        arm=TRAINED,
    conda:
        "../environment.yml"
    threads: lambda wildcards: run.threads_of(wildcards.arm)
    resources:
        mem_mb=3000,
        runtime=10,
        gpu=GPUS,
    params:
        settings=section_for("arm.{arm}.model"),
    message:
        "Testing on CIFAR-10: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script("evaluate_vision", inputs="data weights training settings compute", outputs="test", resources="gpu")


rule evaluate_shifts:
    input:
        data=data_of("cifar10"),
        weights=rules.train_vision.output.weights,
        training=rules.train_vision.output.training,
        code=code_of("evaluate_shifts"),
        settings=settings("arm.{arm}"),
        experiment=settings("experiments.shifted_images"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        shifts=results(f"{ARM}/shifts.npz"),
    log:
        logs(f"evaluate_shifts_{ARM}.log"),
    benchmark:
        benchmarks(f"evaluate_shifts/{ARM}.tsv")
    wildcard_constraints:
        arm=TRAINED,
    conda:
        "../environment.yml"
    threads: lambda wildcards: run.threads_of(wildcards.arm)
    resources:
        mem_mb=3000,
        runtime=30,
        gpu=GPUS,
    params:
        settings=section_for("experiments.shifted_images"),
    message:
        "Testing on shifted images: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script(
            "evaluate_shifts",
            inputs="data weights training settings experiment compute",
            outputs="shifts",
            resources="gpu",
        )


rule evaluate_augmented:
    input:
        data=data_of("cifar10"),
        split=settings("data.cifar10"),
        weights=rules.train_vision.output.weights,
        training=rules.train_vision.output.training,
        code=code_of("evaluate_augmented"),
        settings=settings("arm.{arm}"),
        original=lambda wildcards: settings(f"cifar.recipes.original.{run.kind_of(wildcards.arm)}"),
        experiment=settings("experiments.augmented_validation"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        augmented=results(f"{ARM}/augmented.npz"),
    log:
        logs(f"evaluate_augmented_{ARM}.log"),
    benchmark:
        benchmarks(f"evaluate_augmented/{ARM}.tsv")
    wildcard_constraints:
        arm=TRAINED,
    conda:
        "../environment.yml"
    threads: lambda wildcards: run.threads_of(wildcards.arm)
    resources:
        mem_mb=3000,
        runtime=10,
        gpu=GPUS,
    params:
        settings=section_for("experiments.augmented_validation"),
    message:
        "Measuring on augmented validation images: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script(
            "evaluate_augmented",
            inputs="data split weights training settings original experiment compute",
            outputs="augmented",
            resources="gpu",
        )


rule describe_models:
    input:
        code=code_of("describe_models"),
        settings=settings("arm.{arm}"),
        torch=version_of("torch"),
    output:
        description=results("vision/architecture/{arm}.json"),
    log:
        logs("describe_models/{arm}.log"),
    benchmark:
        benchmarks("describe_models/{arm}.tsv")
    wildcard_constraints:
        arm="|".join(sorted(run.arms)),
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=section_for("arm.{arm}.model"),
    message:
        "Describing the model of {wildcards.arm}"
    shell:
        run_script("describe_models", inputs="settings", outputs="description")


rule inspect_filters:
    input:
        data=data_of("cifar10"),
        split=settings("data.cifar10"),
        weights=results("vision/cnn-rgb/seed0/weights.npz"),
        training=results("vision/cnn-rgb/seed0/training.json"),
        code=code_of("inspect_filters"),
        settings=settings("arm.cnn-rgb"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        filters=results("vision/filters.csv"),
        arrays=results("vision/filters.npz"),
        thresholds=results("vision/thresholds.json"),
    log:
        logs("inspect_filters.log"),
    benchmark:
        benchmarks("inspect_filters.tsv")
    conda:
        "../environment.yml"
    threads: run.section("compute.threads")
    resources:
        mem_mb=3000,
        runtime=5,
        gpu=GPUS,
    params:
        settings=section_for("arm.cnn-rgb.model"),
    message:
        "Looking at the first-layer filters of the first CNN"
    shell:
        run_script(
            "inspect_filters",
            inputs="data split weights training settings compute",
            outputs="filters arrays thresholds",
            resources="gpu",
        )


rule draw_cifar:
    input:
        datasets=DATASETS,
        mlp=results("vision/architecture/mlp-rgb.json"),
        cnn=results("vision/architecture/cnn-rgb.json"),
        histories=arm_files("history.csv", *COLOUR_ARMS),
        trainings=arm_files("training.json", *COLOUR_ARMS),
        tests=arm_files("test.npz", *COLOUR_ARMS),
        filters=rules.inspect_filters.output.arrays,
        code=code_of("draw_cifar"),
        matplotlib=version_of("matplotlib"),
    output:
        cifar_architectures=figure_files("cifar_architectures"),
        cifar_curves=figure_files("cifar_curves"),
        cifar_bars=figure_files("cifar_bars"),
        cifar_per_class=figure_files("cifar_per_class"),
        cifar_confusion=figure_files("cifar_confusion"),
        cifar_filters=figure_files("cifar_filters"),
        cifar_feature_maps=figure_files("cifar_feature_maps"),
    log:
        logs("draw_cifar.log"),
    benchmark:
        benchmarks("draw_cifar.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="cifar_architectures cifar_curves cifar_bars cifar_per_class cifar_confusion cifar_filters cifar_feature_maps",
    message:
        "Drawing MLP against CNN"
    shell:
        run_script(
            "draw_cifar",
            inputs="datasets mlp cnn histories trainings tests filters",
            outputs="cifar_architectures cifar_curves cifar_bars cifar_per_class cifar_confusion cifar_filters cifar_feature_maps",
        )


rule summarise_cifar:
    input:
        datasets=DATASETS,
        settings=settings("cifar"),
        mlp=results("vision/architecture/mlp-rgb.json"),
        cnn=results("vision/architecture/cnn-rgb.json"),
        histories=arm_files("history.csv", *COLOUR_ARMS),
        trainings=arm_files("training.json", *COLOUR_ARMS),
        tests=arm_files("test.npz", *COLOUR_ARMS),
        filters=rules.inspect_filters.output.filters,
        thresholds=rules.inspect_filters.output.thresholds,
        reference=REFERENCE,
        code=code_of("summarise_cifar"),
    output:
        summary=results("summaries/cifar.json"),
        tables=table_files("cifar_layers", "cifar_results", "cifar_class_accuracy", "cifar_filter_kinds"),
    log:
        logs("summarise_cifar.log"),
    benchmark:
        benchmarks("summarise_cifar.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="cifar",
    message:
        "Summarising MLP against CNN"
    shell:
        run_script(
            "summarise_cifar",
            inputs="datasets settings mlp cnn histories trainings tests filters thresholds reference",
            outputs="summary tables",
        )
