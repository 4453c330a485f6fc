

rule fetch_digits:
    input:
        sources=run.entry("lib/data/sources.yaml", "digits"),
    output:
        raw="data/raw/digits.csv.gz",
    log:
        "data/logs/fetch_digits.log",
    benchmark:
        "data/benchmarks/fetch_digits.tsv"
    priority: 100
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=120,
    params:
        dataset="digits",
    message:
        "Fetching the UCI digits"
    shell:
        run_script("fetch")


checkpoint prepare_digits:
    input:
        raw=rules.fetch_digits.output.raw,
        sources=run.entry("lib/data/sources.yaml", "digits"),
        code=code_of("prepare_digits", shared=True),
    output:
        data="data/prepared/real/digits.npz",
    log:
        "data/logs/prepare_digits.log",
    benchmark:
        "data/benchmarks/prepare_digits.tsv"
    priority: 90
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Preparing the UCI digits"
    shell:
        run_script("prepare_digits")
