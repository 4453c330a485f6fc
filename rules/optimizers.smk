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
    params:
        settings=section_for("optimizers.training"),
        optimizer=section_for("optimizers.runs.{optimizer}"),
    message:
        "Training with {wildcards.optimizer}, seed {wildcards.seed}"
    shell:
        run_script(
            "train_optimizer",
            inputs="data settings optimizer_settings split compute",
            outputs="loss epochs",
            wildcards="optimizer seed",
        )


rule draw_optimizers:
    input:
        losses=optimizer_files("loss.csv"),
        epochs=optimizer_files("epochs.csv"),
        code=code_of("draw_optimizers"),
        matplotlib=version_of("matplotlib"),
    output:
        optimizer_curves=figure_files("optimizer_curves"),
    log:
        logs("draw_optimizers.log"),
    benchmark:
        benchmarks("draw_optimizers.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="optimizer_curves",
    message:
        "Drawing the optimisers"
    shell:
        run_script("draw_optimizers", inputs="losses epochs", outputs="optimizer_curves")


rule summarise_optimizers:
    input:
        datasets=DATASETS,
        losses=optimizer_files("loss.csv"),
        epochs=optimizer_files("epochs.csv"),
        settings=settings("optimizers"),
        reference=REFERENCE,
        code=code_of("summarise_optimizers"),
    output:
        summary=results("summaries/optimizers.json"),
        tables=table_files("optimizer_results"),
    log:
        logs("summarise_optimizers.log"),
    benchmark:
        benchmarks("summarise_optimizers.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="optimizers",
    message:
        "Summarising the optimisers"
    shell:
        run_script("summarise_optimizers", inputs="datasets losses epochs settings reference", outputs="summary tables")


# The same search budget for each optimiser, then a ranking on seeds that no search has seen.

FRESH_SEEDS = range(FIRST_FRESH_SEED, FIRST_FRESH_SEED + run.section("seeds.search"))
SEARCHED = ("sgd", "sgd_momentum", "rmsprop", "adam")
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
    params:
        experiment=section_for("experiments.search_budget"),
    message:
        "Searching the learning rate of {wildcards.optimizer}, seed {wildcards.seed}"
    shell:
        run_script(
            "search_rates",
            inputs="data settings experiment split compute",
            outputs="trials",
            wildcards="optimizer seed",
        )


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
    params:
        experiment=section_for("experiments.search_budget"),
    message:
        "Choosing the learning rate of {wildcards.optimizer}"
    shell:
        run_script("choose_rate", inputs="trials", outputs="chosen")


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
    params:
        settings=section_for("optimizers.training"),
        optimizer="the rate that its search chose",
    message:
        "Training with {wildcards.optimizer} at its searched rate, seed {wildcards.seed}"


rule draw_search:
    input:
        trials=expand(SEARCH_TRIALS, optimizer=SEARCHED, seed=SEARCH_SEEDS),
        chosen=expand(rules.choose_rate.output.chosen, optimizer=SEARCHED),
        epochs=expand(rules.rank_optimizer.output.epochs, optimizer=SEARCHED, seed=FRESH_SEEDS),
        code=code_of("draw_search"),
        matplotlib=version_of("matplotlib"),
    output:
        search_rates=figure_files("search_rates"),
    log:
        logs("draw_search.log"),
    benchmark:
        benchmarks("draw_search.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="search_rates",
    message:
        "Drawing the searched learning rates"
    shell:
        run_script("draw_search", inputs="trials chosen epochs", outputs="search_rates")


rule summarise_search:
    input:
        trials=expand(SEARCH_TRIALS, optimizer=SEARCHED, seed=SEARCH_SEEDS),
        chosen=expand(rules.choose_rate.output.chosen, optimizer=SEARCHED),
        losses=expand(rules.rank_optimizer.output.loss, optimizer=SEARCHED, seed=FRESH_SEEDS),
        epochs=expand(rules.rank_optimizer.output.epochs, optimizer=SEARCHED, seed=FRESH_SEEDS),
        settings=settings("optimizers"),
        code=code_of("summarise_search"),
    output:
        summary=results("summaries/search.json"),
        tables=table_files("search_results"),
    log:
        logs("summarise_search.log"),
    benchmark:
        benchmarks("summarise_search.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="search",
    message:
        "Summarising the search with equal budgets"
    shell:
        run_script("summarise_search", inputs="trials chosen losses epochs settings", outputs="summary tables")


rule draw_printed_adam:
    input:
        real=mnist_files("history.csv"),
        printed=mnist_files("history.csv", "printed/"),
        experiment=settings("experiments.printed_adam"),
        code=code_of("draw_printed_adam"),
        matplotlib=version_of("matplotlib"),
    output:
        printed_adam=figure_files("printed_adam"),
    log:
        logs("draw_printed_adam.log"),
    benchmark:
        benchmarks("draw_printed_adam.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="printed_adam",
    message:
        "Drawing Adam and its printed order"
    shell:
        run_script("draw_printed_adam", inputs="real printed experiment", outputs="printed_adam")


rule summarise_printed_adam:
    input:
        real=mnist_files("result.json"),
        printed=mnist_files("result.json", "printed/"),
        experiment=settings("experiments.printed_adam"),
        code=code_of("summarise_printed_adam"),
    output:
        summary=results("summaries/printed_adam.json"),
        tables=table_files("printed_adam_results"),
    log:
        logs("summarise_printed_adam.log"),
    benchmark:
        benchmarks("summarise_printed_adam.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="printed_adam",
    message:
        "Summarising Adam and its printed order"
    shell:
        run_script("summarise_printed_adam", inputs="real printed experiment", outputs="summary tables")
