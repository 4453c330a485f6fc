# Section 2.5: the optimisers side by side.


rule train_optimizer:
    input:
        **data_of(data="cifar10"),
        code=code_of("train_optimizer"),
        settings=settings("optimizers.training"),
        optimizer_settings=settings("optimizers.runs.{optimizer}"),
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        loss=results(f"{paths.OPTIMIZER}/loss.csv"),
        epochs=results(f"{paths.OPTIMIZER}/epochs.csv"),
    log:
        logs("train_optimizer/{optimizer}/seed{seed}.log"),
    benchmark:
        benchmarks("train_optimizer/{optimizer}/seed{seed}.tsv")
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


# The same search budget for each optimiser, then a ranking on seeds that no search has seen. The trials choose two rates,
# one for speed and one for the end, and the ranking trains with either.

SEARCH_SEEDS = range(run.section("experiments.search_budget.seeds"))


wildcard_constraints:
    criterion="|".join(CRITERIA),


rule search_rates:
    input:
        **data_of(data="cifar10"),
        code=code_of("search_rates"),
        settings=settings("optimizers.training"),
        experiment=settings("experiments.search_budget"),
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        trials=results(paths.SEARCH_TRIALS),
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
        trials=expand(rules.search_rates.output.trials, seed=SEARCH_SEEDS, allow_missing=True),
        code=code_of("choose_rate"),
    output:
        chosen=results(paths.SEARCH_CHOSEN),
    log:
        logs("choose_rate/{optimizer}/{criterion}.log"),
    benchmark:
        benchmarks("choose_rate/{optimizer}/{criterion}.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Choosing the learning rate of {wildcards.optimizer} for the {wildcards.criterion}"
    shell:
        run_script("choose_rate")


use rule train_optimizer as rank_optimizer with:
    input:
        **data_of(data="cifar10"),
        code=code_of("train_optimizer"),
        settings=settings("optimizers.training"),
        optimizer_settings=rules.choose_rate.output.chosen,
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        loss=results(f"{paths.SEARCH_RANKED}/loss.csv"),
        epochs=results(f"{paths.SEARCH_RANKED}/epochs.csv"),
    log:
        logs("rank_optimizer/{optimizer}/{criterion}/seed{seed}.log"),
    benchmark:
        benchmarks("rank_optimizer/{optimizer}/{criterion}/seed{seed}.tsv")
    message:
        "Training with {wildcards.optimizer} at its rate for the {wildcards.criterion}, seed {wildcards.seed}"


EVERY = {"optimizer": sorted(run.section("optimizers.runs")), "seed": seeds("optimizers")}
STUDIES["optimizers"] = {
    "losses": expand(rules.train_optimizer.output.loss, **EVERY),
    "epochs": expand(rules.train_optimizer.output.epochs, **EVERY),
    "settings": settings("optimizers"),
}

EVERY = {"optimizer": MAIN_OPTIMIZERS, "criterion": CRITERIA}
FRESH = [FIRST_FRESH_SEED + seed for seed in seeds("search")]
STUDIES["search_budget"] = {
    "trials": expand(rules.search_rates.output.trials, optimizer=MAIN_OPTIMIZERS, seed=SEARCH_SEEDS),
    "chosen": expand(rules.choose_rate.output.chosen, **EVERY),
    "losses": expand(rules.rank_optimizer.output.loss, **EVERY, seed=FRESH),
    "epochs": expand(rules.rank_optimizer.output.epochs, **EVERY, seed=FRESH),
    "settings": settings("optimizers"),
}
