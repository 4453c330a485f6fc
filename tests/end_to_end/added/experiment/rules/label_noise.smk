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
    params:
        settings=section_for("label_noise"),
    message:
        "Learning drawn labels, seed {wildcards.seed}"
    shell:
        run_script("label_noise", inputs="data settings split compute", outputs="history", wildcards="seed")


LABEL_NOISE = expand(rules.label_noise.output.history, seed=range(run.section("seeds.label_noise")))


rule draw_label_noise:
    input:
        histories=LABEL_NOISE,
        code=code_of("draw_label_noise"),
        matplotlib=version_of("matplotlib"),
    output:
        label_noise=figure_files("label_noise"),
    log:
        logs("draw_label_noise.log"),
    benchmark:
        benchmarks("draw_label_noise.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="label_noise",
    message:
        "Drawing the study of drawn labels"
    shell:
        run_script("draw_label_noise", inputs="histories", outputs="label_noise")


rule summarise_label_noise:
    input:
        histories=LABEL_NOISE,
        code=code_of("summarise_label_noise"),
    output:
        summary=results("summaries/label_noise.json"),
        tables=table_files("label_noise_results"),
    log:
        logs("summarise_label_noise.log"),
    benchmark:
        benchmarks("summarise_label_noise.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="label_noise",
    message:
        "Summarising the study of drawn labels"
    shell:
        run_script("summarise_label_noise", inputs="histories", outputs="summary tables")
