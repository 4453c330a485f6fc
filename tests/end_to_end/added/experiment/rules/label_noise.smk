# Section 2.9: can a network learn wrong labels by heart?


rule label_noise:
    input:
        data=data_of("cifar10"),
        code=code_of("label_noise"),
        settings=settings("label_noise"),
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        history=results("label_noise/seed{seed}.csv"),
    log:
        logs("label_noise/seed{seed}.log"),
    benchmark:
        benchmarks("label_noise/seed{seed}.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2000,
        runtime=20,
    message:
        "Learning drawn labels, seed {wildcards.seed}"
    shell:
        run_script("label_noise")


LABEL_NOISE = expand(rules.label_noise.output.history, seed=range(run.section("seeds.label_noise")))
