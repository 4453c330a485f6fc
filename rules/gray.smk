# Section 2.8: the same on gray CIFAR-10. The trainings are those of rules/cifar.smk with the other colour mode.


rule draw_gray:
    input:
        datasets=DATASETS,
        samples=rules.describe_data.output.cifar10_samples,
        histories=arm_files("history.csv", *CORE_ARMS),
        trainings=arm_files("training.json", *CORE_ARMS),
        tests=arm_files("test.npz", *CORE_ARMS),
        code=code_of("draw_gray"),
        matplotlib=version_of("matplotlib"),
    output:
        gray_samples=figure_files("gray_samples"),
        gray_curves=figure_files("gray_curves"),
        gray_bars=figure_files("gray_bars"),
    log:
        logs("draw_gray.log"),
    benchmark:
        benchmarks("draw_gray.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="gray_samples gray_curves gray_bars",
    message:
        "Drawing colour against gray"
    shell:
        run_script(
            "draw_gray",
            inputs="datasets samples histories trainings tests",
            outputs="gray_samples gray_curves gray_bars",
        )


rule summarise_gray:
    input:
        datasets=DATASETS,
        architectures=ARCHITECTURES,
        histories=arm_files("history.csv", *CORE_ARMS),
        tests=arm_files("test.npz", *CORE_ARMS),
        reference=REFERENCE,
        code=code_of("summarise_gray"),
    output:
        summary=results("summaries/gray.json"),
        tables=table_files("gray_results"),
    log:
        logs("summarise_gray.log"),
    benchmark:
        benchmarks("summarise_gray.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="gray",
    message:
        "Summarising colour against gray"
    shell:
        run_script(
            "summarise_gray", inputs="datasets architectures histories tests reference", outputs="summary tables"
        )
