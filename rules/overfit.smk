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
    message:
        "Overfitting 50 images: {wildcards.network} layers, seed {wildcards.seed}"
    shell:
        run_script("overfit")
