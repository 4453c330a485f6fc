# Fetching and preparing the data sets, and section 2.2 which describes them.

SOURCES = "lib/data/sources.yaml"


def data_of(name):
    """The prepared data set of this run: real or sample."""
    return f"data/prepared/{run.section('data.source')}/{name}.npz"


# Downloads depend on nothing but their source list: they have no code stamp.
rule fetch_mnist:
    message:
        "Fetching MNIST"
    input:
        sources=SOURCES,
    output:
        train_images="data/raw/mnist/train-images-idx3-ubyte.gz",
        train_labels="data/raw/mnist/train-labels-idx1-ubyte.gz",
        test_images="data/raw/mnist/t10k-images-idx3-ubyte.gz",
        test_labels="data/raw/mnist/t10k-labels-idx1-ubyte.gz",
    params:
        dataset="mnist",
        destination="data/raw/mnist",
    priority: 100
    threads: 1
    resources:
        mem_mb=500,
        runtime=120,
    log:
        "data/logs/fetch_mnist.log",
    benchmark:
        "data/benchmarks/fetch_mnist.tsv"
    conda:
        "../environment.yml"
    shell:
        run_script("fetch", inputs="sources", params="dataset destination")


rule fetch_cifar10:
    message:
        "Fetching CIFAR-10"
    input:
        sources=SOURCES,
    output:
        archive="data/raw/cifar10.archive",
    params:
        dataset="cifar10",
        destination="data/raw/cifar10.archive",
    priority: 100
    threads: 1
    resources:
        mem_mb=500,
        runtime=240,
    log:
        "data/logs/fetch_cifar10.log",
    benchmark:
        "data/benchmarks/fetch_cifar10.tsv"
    conda:
        "../environment.yml"
    shell:
        run_script("fetch", inputs="sources", params="dataset destination")


rule prepare_mnist:
    message:
        "Preparing MNIST"
    input:
        raw=rules.fetch_mnist.output,
        code=code_of("prepare", shared=True),
    output:
        data="data/prepared/real/mnist.npz",
    params:
        dataset="mnist",
        raw="data/raw/mnist",
    priority: 90
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    log:
        "data/logs/prepare_mnist.log",
    benchmark:
        "data/benchmarks/prepare_mnist.tsv"
    conda:
        "../environment.yml"
    shell:
        run_script("prepare", outputs="data", params="dataset raw")


rule prepare_cifar10:
    message:
        "Preparing CIFAR-10"
    input:
        raw=rules.fetch_cifar10.output,
        code=code_of("prepare", shared=True),
    output:
        data="data/prepared/real/cifar10.npz",
    params:
        dataset="cifar10",
        raw="data/raw/cifar10.archive",
    priority: 90
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    log:
        "data/logs/prepare_cifar10.log",
    benchmark:
        "data/benchmarks/prepare_cifar10.tsv"
    conda:
        "../environment.yml"
    shell:
        run_script("prepare", outputs="data", params="dataset raw")


rule prepare_sample:
    message:
        "Preparing sample data in place of {wildcards.dataset}"
    input:
        code=code_of("prepare_sample", shared=True),
    output:
        data="data/prepared/sample/{dataset}.npz",
    params:
        dataset="{dataset}",
    priority: 90
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    wildcard_constraints:
        dataset="mnist|cifar10",
    log:
        "data/logs/prepare_sample_{dataset}.log",
    benchmark:
        "data/benchmarks/prepare_sample_{dataset}.tsv"
    conda:
        "../environment.yml"
    shell:
        run_script("prepare_sample", outputs="data", params="dataset")
