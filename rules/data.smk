# Fetching and preparing the data sets, and section 2.2 which describes them.

SOURCES = "lib/data/sources.yaml"
REFERENCE = "report/reference_values.yaml"


def figure_files(name):
    """A figure as pixels and as vectors."""
    return multiext(results(f"report/figures/{name}"), ".png", ".svg")


def table_files(*names):
    """Tables as CSV."""
    return [results(f"tables/{name}.csv") for name in names]


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
        sources=SOURCES,
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
        sources=SOURCES,
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
        versions=[version_of(name, shared=True) for name in ("mlxtend", "scikit-image", "scikit-learn", "pillow")],
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


rule describe_data:
    message:
        "Describing the data sets"
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
    params:
        settings=section_for("data"),
    threads: 1
    resources:
        mem_mb=3000,
        runtime=5,
    log:
        logs("describe_data.log"),
    benchmark:
        benchmarks("describe_data.tsv")
    conda:
        "../environment.yml"
    shell:
        run_script(
            "describe_data",
            inputs="mnist cifar10 mnist_split cifar10_split",
            outputs="datasets mnist_samples cifar10_samples",
        )


# What is known of the data: class names, and whether they are sample data.
DATASETS = results("data/summary.json")


rule draw_datasets:
    message:
        "Drawing the sample grids"
    input:
        summary=DATASETS,
        mnist=rules.describe_data.output.mnist_samples,
        cifar10=rules.describe_data.output.cifar10_samples,
        code=code_of("draw_datasets"),
        matplotlib=version_of("matplotlib"),
    output:
        sample_grid_mnist=figure_files("sample_grid_mnist"),
        sample_grid_cifar10=figure_files("sample_grid_cifar10"),
    params:
        figures="sample_grid_mnist sample_grid_cifar10",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    log:
        logs("draw_datasets.log"),
    benchmark:
        benchmarks("draw_datasets.tsv")
    conda:
        "../environment.yml"
    shell:
        run_script("draw_datasets", inputs="summary mnist cifar10", outputs="sample_grid_mnist sample_grid_cifar10")


rule summarise_datasets:
    message:
        "Summarising the data sets"
    input:
        datasets=DATASETS,
        code=code_of("summarise_datasets"),
    output:
        summary=results("summaries/datasets.json"),
        tables=table_files("data_splits", "data_statistics"),
    params:
        section="datasets",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    log:
        logs("summarise_datasets.log"),
    benchmark:
        benchmarks("summarise_datasets.tsv")
    conda:
        "../environment.yml"
    shell:
        run_script("summarise_datasets", inputs="datasets", outputs="summary tables")


rule summarise_network:
    message:
        "Comparing the normalisations"
    input:
        code=code_of("summarise_network"),
    output:
        summary=results("summaries/network.json"),
        tables=table_files("batchnorm_layernorm"),
    params:
        section="network",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    log:
        logs("summarise_network.log"),
    benchmark:
        benchmarks("summarise_network.tsv")
    conda:
        "../environment.yml"
    shell:
        run_script("summarise_network", outputs="summary tables")
