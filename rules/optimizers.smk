# Section 2.5: the optimisers side by side.

OPTIMIZERS = sorted(run.section("optimizers.runs"))


rule train_optimizer:
    input:
        data=data_of("cifar10"),
        code=code_of("train_optimizer"),
        settings=settings("optimizers.training"),
        optimizer_settings=settings("optimizers.runs.{optimizer}"),
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        loss=results(f"{OPTIMIZER_ARM}/loss.csv"),
        epochs=results(f"{OPTIMIZER_ARM}/epochs.csv"),
    log:
        logs(f"train_{OPTIMIZER_ARM}.log"),
    benchmark:
        benchmarks(f"train_optimizer/{OPTIMIZER_ARM}.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Training with {wildcards.optimizer}, seed {wildcards.seed}"
    shell:
        run_script("train_optimizer")


# The same search budget for each optimiser, then a ranking on seeds that no search has seen.

FRESH_SEEDS = range(FIRST_FRESH_SEED, FIRST_FRESH_SEED + run.section("seeds.search"))
SEARCH_TRIALS = results("search/{optimizer}/trials{seed}.csv")
SEARCH_SEEDS = range(run.section("experiments.search_budget.seeds"))


rule search_rates:
    input:
        data=data_of("cifar10"),
        code=code_of("search_rates"),
        settings=settings("optimizers.training"),
        experiment=settings("experiments.search_budget"),
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        trials=SEARCH_TRIALS,
    log:
        logs("search_rates/{optimizer}/seed{seed}.log"),
    benchmark:
        benchmarks("search_rates/{optimizer}/seed{seed}.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2000,
        runtime=20,
    message:
        "Searching the learning rate of {wildcards.optimizer}, seed {wildcards.seed}"
    shell:
        run_script("search_rates")


rule choose_rate:
    input:
        trials=expand(SEARCH_TRIALS, seed=SEARCH_SEEDS, allow_missing=True),
        code=code_of("choose_rate"),
    output:
        chosen=results("search/{optimizer}/chosen.json"),
    log:
        logs("choose_rate/{optimizer}.log"),
    benchmark:
        benchmarks("choose_rate/{optimizer}.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Choosing the learning rate of {wildcards.optimizer}"
    shell:
        run_script("choose_rate")


use rule train_optimizer as rank_optimizer with:
    input:
        data=data_of("cifar10"),
        code=code_of("train_optimizer"),
        settings=settings("optimizers.training"),
        optimizer_settings=rules.choose_rate.output.chosen,
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        loss=results(f"{SEARCH_ARM}/loss.csv"),
        epochs=results(f"{SEARCH_ARM}/epochs.csv"),
    log:
        logs(f"rank_optimizer/{SEARCH_ARM}.log"),
    benchmark:
        benchmarks(f"rank_optimizer/{SEARCH_ARM}.tsv")
    message:
        "Training with {wildcards.optimizer} at its searched rate, seed {wildcards.seed}"
