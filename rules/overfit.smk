# Section 2.4: three layers against five on 50 images.


rule overfit:
    input:
        **data_of(data="cifar10"),
        code=code_of("overfit"),
        settings=settings("overfit.training"),
        network_settings=settings("overfit.networks.{network}"),
        grid_settings=settings("overfit.grid"),
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        history=results(f"{paths.OVERFIT}/history.csv"),
        grid=results(f"{paths.OVERFIT}/grid.csv"),
        gradient_norms=results(f"{paths.OVERFIT}/gradient_norms.csv"),
    log:
        logs(f"{paths.OVERFIT}.log"),
    benchmark:
        benchmarks(f"{paths.OVERFIT}.tsv")
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


rule overfit_cnn:
    input:
        **data_of(data="cifar10"),
        code=code_of("overfit_cnn"),
        settings=settings("overfit.training"),
        cnn_settings=settings("overfit.cnn"),
        model=settings("arm.cnn-rgb.model"),
        split=settings("data.cifar10"),
        compute=settings("compute"),
        torch=version_of("torch"),
    output:
        result=results(paths.OVERFIT_CNN),
    log:
        logs("overfit_cnn/seed{seed}.log"),
    benchmark:
        benchmarks("overfit_cnn/seed{seed}.tsv")
    conda:
        "../environment.yml"
    threads: run.section("compute.threads")
    resources:
        mem_mb=3000,
        runtime=10,
        gpu=arms.gpus,
    message:
        "Overfitting the same images with the CNN, seed {wildcards.seed}"
    shell:
        run_script("overfit_cnn")


EVERY = {"network": sorted(run.section("overfit.networks")), "seed": seeds("overfit")}
STUDIES["overfit"] = {
    "histories": expand(rules.overfit.output.history, **EVERY),
    "grids": expand(rules.overfit.output.grid, **EVERY),
    "gradient_norms": expand(rules.overfit.output.gradient_norms, **EVERY),
    "cnn": expand(rules.overfit_cnn.output.result, seed=seeds("overfit_cnn")),
    "networks": settings("overfit.networks"),
    "settings": settings("overfit"),
}
