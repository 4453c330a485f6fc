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
        data=data_of("mnist"),
        code=code_of("search_mnist"),
        settings=settings("mnist.search"),
        training_settings=settings("mnist.training"),
        split=settings("data.mnist"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        trials=results("mnist/search.csv"),
        best=results("mnist/best.json"),
    log:
        logs("search_mnist.log"),
    benchmark:
        benchmarks("search_mnist.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2000,
        runtime=20,
    message:
        "Random search on MNIST"
    shell:
        run_script("search_mnist")


rule train_mnist:
    input:
        data=data_of("mnist"),
        best=rules.search_mnist.output.best,
        code=code_of("train_mnist"),
        settings=settings("mnist.training"),
        split=settings("data.mnist"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        history=results("mnist/seed{seed}/history.csv"),
        predictions=results("mnist/seed{seed}/predictions.npz"),
        weights=results("mnist/seed{seed}/weights.npz"),
        result=results("mnist/seed{seed}/result.json"),
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
        update_rule="adam",
        normalization="batchnorm",
        checkpoints=results("checkpoints"),
    message:
        "Training on MNIST, seed {wildcards.seed}"
    shell:
        run_script("train_mnist")


MNIST_VARIANTS = {  # what takes the place of Adam or of batch norm
    "printed": {"update_rule": "adam_as_printed", "normalization": "batchnorm"},
    "layernorm": {"update_rule": "adam", "normalization": "layernorm"},
}


use rule train_mnist as train_mnist_variant with:
    output:
        history=results(f"{MNIST_VARIANT}/history.csv"),
        predictions=results(f"{MNIST_VARIANT}/predictions.npz"),
        weights=results(f"{MNIST_VARIANT}/weights.npz"),
        result=results(f"{MNIST_VARIANT}/result.json"),
    log:
        logs(f"train_{MNIST_VARIANT}.log"),
    benchmark:
        benchmarks(f"train_mnist_variant/{MNIST_VARIANT}.tsv")
    wildcard_constraints:
        variant="|".join(MNIST_VARIANTS),
    params:
        update_rule=lambda wildcards: MNIST_VARIANTS[wildcards.variant]["update_rule"],
        normalization=lambda wildcards: MNIST_VARIANTS[wildcards.variant]["normalization"],
        checkpoints=results("checkpoints"),
    message:
        "Training on MNIST: {wildcards.variant}, seed {wildcards.seed}"


NORMALIZED = {"batchnorm": "", "layernorm": "layernorm/"}  # where the trained networks lie


rule evaluate_batch_statistics:
    input:
        data=data_of("mnist"),
        weights=lambda wildcards: results(
            f"mnist/{NORMALIZED[wildcards.normalization]}seed{wildcards.seed}/weights.npz"
        ),
        code=code_of("evaluate_batch_statistics"),
        settings=settings("mnist.training"),
        experiment=settings("experiments.batch_statistics"),
        split=settings("data.mnist"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        accuracies=results("batch_statistics/{normalization}/seed{seed}.csv"),
    log:
        logs("evaluate_batch_statistics/{normalization}/seed{seed}.log"),
    benchmark:
        benchmarks("evaluate_batch_statistics/{normalization}/seed{seed}.tsv")
    wildcard_constraints:
        normalization="|".join(NORMALIZED),
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Testing with batch statistics: {wildcards.normalization}, seed {wildcards.seed}"
    shell:
        run_script("evaluate_batch_statistics")


BATCH_STATISTICS = expand(
    rules.evaluate_batch_statistics.output.accuracies,
    normalization=NORMALIZED,
    seed=range(run.section("seeds.mnist")),
)
