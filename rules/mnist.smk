# Section 2.6: the MLP baseline on MNIST.


rule describe_mnist_network:
    input:
        code=code_of("describe_mnist_network"),
        settings=settings("mnist.training"),
    output:
        architecture=results("mnist/architecture.json"),
    log:
        logs("describe_mnist_network.log"),
    benchmark:
        benchmarks("describe_mnist_network.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Describing the MNIST network"
    shell:
        run_script("describe_mnist_network")


rule search_mnist:
    input:
        **data_of(data="mnist"),
        code=code_of("search_mnist"),
        settings=settings("mnist.search"),
        split=settings("data.mnist"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        trials=results(f"{paths.MNIST_SEARCH}/trials.csv"),
        best=results(f"{paths.MNIST_SEARCH}/best.json"),
    log:
        logs("search_mnist/seed{seed}.log"),
    benchmark:
        benchmarks("search_mnist/seed{seed}.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2000,
        runtime=20,
    message:
        "Random search on MNIST, seed {wildcards.seed}"
    shell:
        run_script("search_mnist")


rule play_off_mnist:
    input:
        **data_of(data="mnist"),
        searched=expand(rules.search_mnist.output.trials, seed=0),
        code=code_of("play_off_mnist"),
        settings=settings("mnist.search"),
        training_settings=settings("mnist.training"),
        split=settings("data.mnist"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        trials=results("mnist/search.csv"),
        best=results("mnist/best.json"),
    log:
        logs("play_off_mnist.log"),
    benchmark:
        benchmarks("play_off_mnist.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2500,
        runtime=30,
    message:
        "Play-off of the best trials on MNIST"
    shell:
        run_script("play_off_mnist")


MNIST_TRAINING = {
    **data_of(data="mnist"),
    "code": code_of("train_mnist"),
    "settings": settings("mnist.training"),
    "split": settings("data.mnist"),
    "compute": settings("numpy"),
    "numpy": version_of("numpy"),
}


rule train_mnist:
    input:
        **MNIST_TRAINING,
        best=rules.play_off_mnist.output.best,
    output:
        history=results(f"{paths.MNIST}/history.csv"),
        predictions=results(f"{paths.MNIST}/predictions.npz"),
        weights=results(f"{paths.MNIST}/weights.npz"),
        result=results(f"{paths.MNIST}/result.json"),
    log:
        logs("train_mnist/seed{seed}.log"),
    benchmark:
        benchmarks("train_mnist/seed{seed}.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2500,
        runtime=30,
    params:
        arm="mnist",
        update_rule="adam",
        normalization="batchnorm",
        checkpoints=run.checkpoints,
    message:
        "Training on MNIST, seed {wildcards.seed}"
    shell:
        run_script("train_mnist")


MNIST_VARIANTS = {  # update rule, normalisation, and who chose the hyper-parameters
    "printed": ("adam_as_printed", "batchnorm", rules.play_off_mnist.output.best),
    "layernorm": ("adam", "layernorm", rules.play_off_mnist.output.best),
    "no_playoff": ("adam", "batchnorm", rules.search_mnist.output.best),  # of a search for each seed
    "published": ("adam", "batchnorm", settings("mnist.published")),
}
CHOICES = ("no_playoff", "published")  # the original's procedure, and what it chose itself


use rule train_mnist as train_mnist_variant with:
    input:
        **MNIST_TRAINING,
        best=lambda wildcards: MNIST_VARIANTS[wildcards.variant][2],
    output:
        history=results(f"{paths.MNIST_VARIANT}/history.csv"),
        predictions=results(f"{paths.MNIST_VARIANT}/predictions.npz"),
        weights=results(f"{paths.MNIST_VARIANT}/weights.npz"),
        result=results(f"{paths.MNIST_VARIANT}/result.json"),
    log:
        logs("train_mnist_variant/{variant}/seed{seed}.log"),
    benchmark:
        benchmarks("train_mnist_variant/{variant}/seed{seed}.tsv")
    wildcard_constraints:
        variant="|".join(MNIST_VARIANTS),
    params:
        arm=lambda wildcards: f"mnist/{wildcards.variant}",
        update_rule=lambda wildcards: MNIST_VARIANTS[wildcards.variant][0],
        normalization=lambda wildcards: MNIST_VARIANTS[wildcards.variant][1],
        checkpoints=run.checkpoints,
    message:
        "Training on MNIST: {wildcards.variant}, seed {wildcards.seed}"


TRAINED, VARIANTS = rules.train_mnist.output, rules.train_mnist_variant.output
NORMALIZED = {
    "batchnorm": TRAINED.weights,
    "layernorm": expand(VARIANTS.weights, variant="layernorm", allow_missing=True),
}

for normalization, weights in NORMALIZED.items():
    ACCURACIES = paths.BATCH_STATISTICS.replace("{normalization}", normalization)

    rule:
        name:
            f"evaluate_{normalization}_statistics"
        input:
            **data_of(data="mnist"),
            weights=weights,
            code=code_of("evaluate_batch_statistics"),
            settings=settings("mnist.training"),
            experiment=settings("experiments.batch_statistics"),
            split=settings("data.mnist"),
            compute=settings("numpy"),
            numpy=version_of("numpy"),
        output:
            accuracies=results(ACCURACIES),
        log:
            logs(f"evaluate_{normalization}_statistics/seed{{seed}}.log"),
        benchmark:
            benchmarks(f"evaluate_{normalization}_statistics/seed{{seed}}.tsv")
        conda:
            "../environment.yml"
        threads: run.section("numpy.threads")
        resources:
            mem_mb=2000,
            runtime=10,
        params:
            normalization=normalization,
        message:
            f"Testing with batch statistics: {normalization}, seed {{wildcards.seed}}"
        shell:
            run_script("evaluate_batch_statistics")


STUDIES["mnist"] = {
    "architecture": rules.describe_mnist_network.output.architecture,
    "trials": rules.play_off_mnist.output.trials,
    "best": rules.play_off_mnist.output.best,
    "searched": expand(rules.search_mnist.output.best, seed=seeds("mnist")),
    "histories": expand(TRAINED.history, seed=seeds("mnist")),
    "results": expand(TRAINED.result, seed=seeds("mnist")),
    "predictions": expand(TRAINED.predictions, seed=seeds("mnist")),
    "choices": expand(VARIANTS.predictions, variant=CHOICES, seed=seeds("mnist")),
}
STUDIES["printed_adam"] = {
    "real_histories": expand(TRAINED.history, seed=seeds("mnist")),
    "printed_histories": expand(VARIANTS.history, variant="printed", seed=seeds("mnist")),
    "real_results": expand(TRAINED.result, seed=seeds("mnist")),
    "printed_results": expand(VARIANTS.result, variant="printed", seed=seeds("mnist")),
    "experiment": settings("experiments.printed_adam"),
}
STUDIES["batch_statistics"] = {
    "accuracies": expand(results(paths.BATCH_STATISTICS), normalization=NORMALIZED, seed=seeds("mnist")),
}
