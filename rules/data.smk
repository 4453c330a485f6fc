# Fetching and preparing the data sets, and section 2.2 which describes them.


# Downloads depend on nothing but their entry of the source list: they have no code stamp.
rule fetch_mnist:
    input:
        sources=run.source("mnist"),
    output:
        raw=expand(
            "data/raw/mnist/{file}-ubyte.gz",
            file=("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"),
        ),
    log:
        "data/logs/fetch_mnist.log",
    benchmark:
        "data/benchmarks/fetch_mnist.tsv"
    priority: 100
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=120,
    params:
        dataset="mnist",
    message:
        "Fetching MNIST"
    shell:
        run_script("fetch")


rule fetch_cifar10:
    input:
        sources=run.source("cifar10"),
    output:
        raw="data/raw/cifar10.archive",
    log:
        "data/logs/fetch_cifar10.log",
    benchmark:
        "data/benchmarks/fetch_cifar10.tsv"
    priority: 100
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=240,
    params:
        dataset="cifar10",
    message:
        "Fetching CIFAR-10"
    shell:
        run_script("fetch")


rule prepare_mnist:
    input:
        raw=rules.fetch_mnist.output.raw,
        sources=run.source("mnist"),
        code=code_of("prepare", shared=True),
    output:
        data="data/prepared/real/mnist.npz",
    log:
        "data/logs/prepare_mnist.log",
    benchmark:
        "data/benchmarks/prepare_mnist.tsv"
    priority: 90
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset="mnist",
    message:
        "Preparing MNIST"
    shell:
        run_script("prepare")


rule prepare_cifar10:
    input:
        raw=rules.fetch_cifar10.output.raw,
        sources=run.source("cifar10"),
        code=code_of("prepare", shared=True),
    output:
        data="data/prepared/real/cifar10.npz",
    log:
        "data/logs/prepare_cifar10.log",
    benchmark:
        "data/benchmarks/prepare_cifar10.tsv"
    priority: 90
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        dataset="cifar10",
    message:
        "Preparing CIFAR-10"
    shell:
        run_script("prepare")


rule prepare_sample:
    input:
        code=code_of("prepare_sample", shared=True),
        versions=[version_of(name, shared=True) for name in ("mlxtend", "scikit-image", "scikit-learn", "pillow")],
    output:
        data="data/prepared/sample/{dataset}.npz",
    log:
        "data/logs/prepare_sample_{dataset}.log",
    benchmark:
        "data/benchmarks/prepare_sample_{dataset}.tsv"
    wildcard_constraints:
        dataset="mnist|cifar10",
    priority: 90
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        dataset="{dataset}",
    message:
        "Preparing sample data in place of {wildcards.dataset}"
    shell:
        run_script("prepare_sample")


rule describe_data:
    input:
        mnist=data_of("mnist"),
        cifar10=data_of("cifar10"),
        mnist_split=settings("data.mnist"),
        cifar10_split=settings("data.cifar10"),
        code=code_of("describe_data"),
    output:
        datasets=results("data/summary.json"),
        mnist_samples=results("data/samples_mnist.npz"),
        cifar10_samples=results("data/samples_cifar10.npz"),
    log:
        logs("describe_data.log"),
    benchmark:
        benchmarks("describe_data.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=5,
    message:
        "Describing the data sets"
    shell:
        run_script("describe_data")


# What is known of the data: class names, and whether they are sample data.
DATASETS = results("data/summary.json")
