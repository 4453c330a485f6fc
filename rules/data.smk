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
        run_script("fetch", inputs="sources", outputs="raw", params="dataset")


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
        run_script("fetch", inputs="sources", outputs="raw", params="dataset")


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
        run_script("prepare", inputs="raw", outputs="data", params="dataset")


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
        run_script("prepare", inputs="raw", outputs="data", params="dataset")


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
        run_script("prepare_sample", outputs="data", params="dataset")


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
    params:
        mnist_split=section_for("data.mnist"),
        cifar10_split=section_for("data.cifar10"),
    message:
        "Describing the data sets"
    shell:
        run_script(
            "describe_data",
            inputs="mnist cifar10 mnist_split cifar10_split",
            outputs="datasets mnist_samples cifar10_samples",
        )


# What is known of the data: class names, and whether they are sample data.
DATASETS = results("data/summary.json")


rule draw_datasets:
    input:
        summary=DATASETS,
        mnist=rules.describe_data.output.mnist_samples,
        cifar10=rules.describe_data.output.cifar10_samples,
        code=code_of("draw_datasets"),
        matplotlib=version_of("matplotlib"),
    output:
        sample_grid_mnist=figure_files("sample_grid_mnist"),
        sample_grid_cifar10=figure_files("sample_grid_cifar10"),
    log:
        logs("draw_datasets.log"),
    benchmark:
        benchmarks("draw_datasets.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="sample_grid_mnist sample_grid_cifar10",
    message:
        "Drawing the sample grids"
    shell:
        run_script("draw_datasets", inputs="summary mnist cifar10", outputs="sample_grid_mnist sample_grid_cifar10")


rule summarise_datasets:
    input:
        datasets=DATASETS,
        code=code_of("summarise_datasets"),
    output:
        summary=results("summaries/datasets.json"),
        tables=table_files("data_splits", "data_statistics"),
    log:
        logs("summarise_datasets.log"),
    benchmark:
        benchmarks("summarise_datasets.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="datasets",
    message:
        "Summarising the data sets"
    shell:
        run_script("summarise_datasets", inputs="datasets", outputs="summary tables")


rule summarise_network:
    input:
        code=code_of("summarise_network"),
    output:
        summary=results("summaries/network.json"),
        tables=table_files("batchnorm_layernorm"),
    log:
        logs("summarise_network.log"),
    benchmark:
        benchmarks("summarise_network.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="network",
    message:
        "Comparing the normalisations"
    shell:
        run_script("summarise_network", outputs="summary tables")
