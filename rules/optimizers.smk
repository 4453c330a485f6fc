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
