# Section 2.4: three layers against five on 50 images.

OVERFIT_NETWORKS = sorted(run.section("overfit.networks"))


rule overfit:
    input:
        data=data_of("cifar10"),
        code=code_of("overfit"),
        settings=settings("overfit.training"),
        network_settings=settings("overfit.networks.{network}"),
        grid_settings=settings("overfit.grid"),
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        history=results(f"{OVERFIT_ARM}/history.csv"),
        grid=results(f"{OVERFIT_ARM}/grid.csv"),
        gradient_norms=results(f"{OVERFIT_ARM}/gradient_norms.csv"),
    log:
        logs(f"{OVERFIT_ARM}.log"),
    benchmark:
        benchmarks(f"{OVERFIT_ARM}.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        settings=section_for("overfit.training"),
        network=section_for("overfit.networks.{network}"),
        grid=section_for("overfit.grid"),
    message:
        "Overfitting 50 images: {wildcards.network} layers, seed {wildcards.seed}"
    shell:
        run_script(
            "overfit",
            inputs="data settings network_settings grid_settings split compute",
            outputs="history grid gradient_norms",
            wildcards="network seed",
        )


rule draw_overfit:
    input:
        histories=overfit_files("history.csv"),
        grids=overfit_files("grid.csv"),
        gradient_norms=overfit_files("gradient_norms.csv"),
        networks=settings("overfit.networks"),
        code=code_of("draw_overfit"),
        matplotlib=version_of("matplotlib"),
    output:
        overfit_curves=figure_files("overfit_curves"),
        overfit_grid=figure_files("overfit_grid"),
        overfit_gradient_norms=figure_files("overfit_gradient_norms"),
    log:
        logs("draw_overfit.log"),
    benchmark:
        benchmarks("draw_overfit.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="overfit_curves overfit_grid overfit_gradient_norms",
    message:
        "Drawing the overfit study"
    shell:
        run_script(
            "draw_overfit",
            inputs="histories grids gradient_norms networks",
            outputs="overfit_curves overfit_grid overfit_gradient_norms",
        )


rule summarise_overfit:
    input:
        datasets=DATASETS,
        histories=overfit_files("history.csv"),
        grids=overfit_files("grid.csv"),
        gradient_norms=overfit_files("gradient_norms.csv"),
        settings=settings("overfit"),
        reference=REFERENCE,
        code=code_of("summarise_overfit"),
    output:
        summary=results("summaries/overfit.json"),
        tables=table_files("overfit_results", "overfit_region"),
    log:
        logs("summarise_overfit.log"),
    benchmark:
        benchmarks("summarise_overfit.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="overfit",
    message:
        "Summarising the overfit study"
    shell:
        run_script(
            "summarise_overfit",
            inputs="datasets histories grids gradient_norms settings reference",
            outputs="summary tables",
        )
