# Sections 2.7 and 2.8: MLP against CNN on CIFAR-10, in colour and in gray. All experiments use the same rules.

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
        epochs=section_for("arm.{arm}.training.epochs"),
        recipe=lambda wildcards: run.recipe_of(wildcards.arm),
        checkpoints=results("checkpoints"),
    message:
        "Training on CIFAR-10: {wildcards.arm}, seed {wildcards.seed}; {params.recipe} recipe, {params.epochs} epochs,"
        " threads: {threads}, GPUs: {resources.gpu}"
    shell:
        run_script("train_vision")


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
    message:
        "Testing on CIFAR-10: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script("evaluate_vision")


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
    message:
        "Testing on shifted images: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script("evaluate_shifts")


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
    message:
        "Measuring on augmented validation images: {wildcards.arm}, seed {wildcards.seed}"
    shell:
        run_script("evaluate_augmented")


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
    message:
        "Describing the model of {wildcards.arm}"
    shell:
        run_script("describe_models")


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
    message:
        "Looking at the first-layer filters of the first CNN"
    shell:
        run_script("inspect_filters")
