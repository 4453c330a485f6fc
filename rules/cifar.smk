# Section 2.7: MLP against CNN on CIFAR-10. The training rules serve section 2.8 (gray) as well.

RECIPE = run.section("cifar.recipe")
ARM_SETTINGS = settings(f"cifar.recipes.{RECIPE}." + "{model}")
ARM = "vision/{model}-{color}/seed{seed}"
GPUS = run.gpus()


def arm_files(name, models=("mlp", "cnn"), colors=("rgb", "gray")):
    """One file of every arm and seed of the comparison."""
    return [
        results(f"vision/{model}-{color}/seed{seed}/{name}")
        for model in models
        for color in colors
        for seed in range(run.section(f"cifar.seeds.{model}"))
    ]


rule train_vision:
    message:
        "Training {wildcards.model} on {wildcards.color} CIFAR-10, seed {wildcards.seed}"
    input:
        data=data_of("cifar10"),
        code=code_of("train_vision"),
        settings=ARM_SETTINGS,
        split=settings("data.cifar10"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        history=results(f"{ARM}/history.csv"),
        weights=results(f"{ARM}/weights.npz"),
        training=results(f"{ARM}/training.json"),
        validation=results(f"{ARM}/validation.npz"),
    params:
        settings=section_for(f"cifar.recipes.{RECIPE}." + "{model}"),
        checkpoints=results("checkpoints"),
    wildcard_constraints:
        model="mlp|cnn",
        color="rgb|gray",
    threads: run.section("compute.threads")
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=GPUS,
    log:
        logs(f"train_{ARM}.log"),
    benchmark:
        benchmarks(f"train_vision/{ARM}.tsv")
    conda:
        "../environment.yml"
    shell:
        run_script(
            "train_vision",
            inputs="data code settings split compute torch",
            outputs="history weights training validation",
            wildcards="model color seed",
            params="checkpoints",
        )


rule evaluate_vision:
    message:
        "Testing {wildcards.model} on {wildcards.color} CIFAR-10, seed {wildcards.seed}"
    input:
        data=data_of("cifar10"),
        weights=rules.train_vision.output.weights,
        training=rules.train_vision.output.training,
        code=code_of("evaluate_vision"),
        settings=ARM_SETTINGS,
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        test=results(f"{ARM}/test.npz"),
    params:
        color="{color}",
    threads: run.section("compute.threads")
    resources:
        mem_mb=3000,
        runtime=10,
        gpu=GPUS,
    log:
        logs(f"evaluate_{ARM}.log"),
    benchmark:
        benchmarks(f"evaluate_vision/{ARM}.tsv")
    conda:
        "../environment.yml"
    shell:
        run_script(
            "evaluate_vision", inputs="data weights training settings compute", outputs="test", wildcards="color"
        )
