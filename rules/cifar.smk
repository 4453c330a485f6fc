# Sections 2.7, 2.8 and 3: MLP against CNN on CIFAR-10, in colour and in gray, and the experiments of lib/studies.
# All of them use the same rules.

COLOUR_ARMS = ("mlp-rgb", "cnn-rgb")


rule train_vision:
    input:
        **data_of(data="cifar10"),
        code=code_of("train_vision"),
        settings=settings("arm.{arm}"),
        split=settings("data.cifar10"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        history=results(f"{paths.ARM}/history.csv"),
        weights=results(f"{paths.ARM}/weights.npz"),
        training=results(f"{paths.ARM}/training.json"),
        validation=results(f"{paths.ARM}/validation.npz"),
        filters=results(f"{paths.ARM}/filters.csv"),
        key=results(f"{paths.ARM}/key.json"),
    log:
        logs("train_vision/{arm}/seed{seed}.log"),
    benchmark:
        benchmarks("train_vision/{arm}/seed{seed}.tsv")
    wildcard_constraints:
        arm="|".join(arms.trained),
    conda:
        "../environment.yml"
    threads: lambda wildcards: arms.threads(wildcards.arm)
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=arms.gpus,
    params:
        epochs=section_for("arm.{arm}.training.epochs"),
        recipe=lambda wildcards: arms.recipe(wildcards.arm),
        checkpoints=run.checkpoints,
    message:
        "Training on CIFAR-10: {wildcards.arm}, seed {wildcards.seed}; {params.recipe} recipe, {params.epochs} epochs,"
        " threads: {threads}, GPUs: {resources.gpu}"
    shell:
        run_script("train_vision")


# Arms with the same settings are one training, whose files the others take over.
for arm, trained in arms.shared.items():

    rule:
        name:
            f"share_{arm}"
        input:
            results(f"{paths.ARM.replace('{arm}', trained)}/{{file}}"),
        output:
            results(f"{paths.ARM.replace('{arm}', arm)}/{{file}}"),
        log:
            logs(f"share_{arm}/seed{{seed}}/{{file}}.log"),
        benchmark:
            benchmarks(f"share_{arm}/seed{{seed}}/{{file}}.tsv")
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
            "(cp {input:q} {output:q}.part && mv {output:q}.part {output:q}) > {log:q} 2>&1"


rule evaluate_vision:
    input:
        **data_of(data="cifar10"),
        weights=rules.train_vision.output.weights,
        training=rules.train_vision.output.training,
        code=code_of("evaluate_vision"),
        settings=settings("arm.{arm}"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        test=results(f"{paths.ARM}/test.npz"),
    log:
        logs("evaluate_vision/{arm}/seed{seed}.log"),
    benchmark:
        benchmarks("evaluate_vision/{arm}/seed{seed}.tsv")
    wildcard_constraints:
        arm="|".join(arms.trained),
    conda:
        "../environment.yml"
    threads: lambda wildcards: arms.threads(wildcards.arm)
    resources:
        mem_mb=3000,
        runtime=10,
        gpu=arms.gpus,
    message:
        "Testing on CIFAR-10: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script("evaluate_vision")


rule evaluate_shifts:
    input:
        **data_of(data="cifar10"),
        weights=rules.train_vision.output.weights,
        training=rules.train_vision.output.training,
        code=code_of("evaluate_shifts"),
        settings=settings("arm.{arm}"),
        experiment=settings("experiments.shifted_images"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        shifts=results(f"{paths.ARM}/shifts.npz"),
    log:
        logs("evaluate_shifts/{arm}/seed{seed}.log"),
    benchmark:
        benchmarks("evaluate_shifts/{arm}/seed{seed}.tsv")
    wildcard_constraints:
        arm="|".join(arms.trained),
    conda:
        "../environment.yml"
    threads: lambda wildcards: arms.threads(wildcards.arm)
    resources:
        mem_mb=3000,
        runtime=30,
        gpu=arms.gpus,
    message:
        "Testing on shifted images: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script("evaluate_shifts")


rule evaluate_augmented:
    input:
        **data_of(data="cifar10"),
        split=settings("data.cifar10"),
        weights=rules.train_vision.output.weights,
        training=rules.train_vision.output.training,
        code=code_of("evaluate_augmented"),
        settings=settings("arm.{arm}"),
        original=lambda wildcards: settings(f"cifar.recipes.original.{arms.kind(wildcards.arm)}"),
        experiment=settings("experiments.augmented_validation"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        augmented=results(f"{paths.ARM}/augmented.npz"),
    log:
        logs("evaluate_augmented/{arm}/seed{seed}.log"),
    benchmark:
        benchmarks("evaluate_augmented/{arm}/seed{seed}.tsv")
    wildcard_constraints:
        arm="|".join(arms.trained),
    conda:
        "../environment.yml"
    threads: lambda wildcards: arms.threads(wildcards.arm)
    resources:
        mem_mb=3000,
        runtime=10,
        gpu=arms.gpus,
    message:
        "Measuring on augmented validation images: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script("evaluate_augmented")


rule describe_models:
    input:
        code=code_of("describe_models"),
        settings=settings("arm.{arm}.model"),
        torch=version_of("torch"),
    output:
        description=results(paths.ARCHITECTURE),
    log:
        logs("describe_models/{arm}.log"),
    benchmark:
        benchmarks("describe_models/{arm}.tsv")
    wildcard_constraints:
        arm="|".join(sorted(arms.settings)),
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        color=lambda wildcards: arms.settings[wildcards.arm]["color"],
    message:
        "Describing the model of {wildcards.arm}"
    shell:
        run_script("describe_models")


rule inspect_filters:
    input:
        **data_of(data="cifar10"),
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
        gpu=arms.gpus,
    message:
        "Looking at the first-layer filters of the first CNN"
    shell:
        run_script("inspect_filters")


rule find_near_duplicates:
    input:
        **data_of(data="cifar10"),
        split=settings("data.cifar10"),
        experiment=settings("experiments.near_duplicates"),
        code=code_of("find_near_duplicates"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        nearest=results("near_duplicates/nearest.npz"),
    log:
        logs("find_near_duplicates.log"),
    benchmark:
        benchmarks("find_near_duplicates.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=1000,
        runtime=30,
    message:
        "Comparing every test image with every image trained on"
    shell:
        run_script("find_near_duplicates")


ARCHITECTURES = expand(rules.describe_models.output.description, arm=CORE_ARMS)
STUDIES["cifar"] = {
    "mlp": results(paths.ARCHITECTURE.format(arm="mlp-rgb")),
    "cnn": results(paths.ARCHITECTURE.format(arm="cnn-rgb")),
    "histories": arm_files("history.csv", *COLOUR_ARMS),
    "trainings": arm_files("training.json", *COLOUR_ARMS),
    "tests": arm_files("test.npz", *COLOUR_ARMS),
    "filter_arrays": rules.inspect_filters.output.arrays,
    "filters": rules.inspect_filters.output.filters,
    "networks": arm_files("filters.csv", "cnn-rgb"),
    "thresholds": rules.inspect_filters.output.thresholds,
    "settings": settings("cifar"),
}
STUDIES["gray"] = {
    "samples": rules.describe_data.output.cifar10_samples,
    "architectures": ARCHITECTURES,
    "histories": arm_files("history.csv", *CORE_ARMS),
    "trainings": arm_files("training.json", *CORE_ARMS),
    "tests": arm_files("test.npz", *CORE_ARMS),
}
STUDIES["discussion"] = {
    **{name: results(f"summaries/{name}.json") for name in ("mnist", "cifar")},
    "architectures": ARCHITECTURES,
}
STUDIES["near_duplicates"] = {
    "nearest": rules.find_near_duplicates.output.nearest,
    "tests": arm_files("test.npz", *COLOUR_ARMS),
}
STUDIES |= {
    name: {
        "module": f"lib.studies.{name}",
        "results": [path for file in control.files for path in arm_files(file, *control.arms)],
        "settings": [settings(f"arm.{arm}") for arm in control.arms],
    }
    for name, control in controls().items()
}

TRAININGS = arm_files("training.json", *CORE_ARMS)  # their device and precision stand beside what rests on them
