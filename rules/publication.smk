# What becomes of a finished run: appendix C, the description for machines, the PDF, the published example.

from lib.catalogue.published import FIGURE_CODE

PACKAGES = ("numpy", "scipy", "pandas", "torch", "torchvision", "matplotlib", "snakemake", "jinja2", "pillow")


rule describe_environment:
    input:
        datasets=DATASETS,
        settings=run.all_settings,
        trainings=training_files("key.json"),
        versions=[version_of(name) for name in PACKAGES],
        code=code_of("describe_environment"),
    output:
        summary=results("summaries/environment.json"),
        configuration=results("configuration.yaml"),
    log:
        logs("describe_environment.log"),
    benchmark:
        benchmarks("describe_environment.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    message:
        "Recording versions, processor and configuration"
    shell:
        run_script("describe_environment")


rule collect_runtime:
    input:
        summaries=SUMMARIES,
        figures=run.report.figures,
        catalogue=run.rules.catalogue,
        trainings=training_files("key.json"),
        code=code_of("collect_runtime"),
    output:
        summary=results("summaries/runtime.json"),
    log:
        logs("collect_runtime.log"),
    benchmark:
        benchmarks("collect_runtime.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Collecting run times, core-hours and memory"
    shell:
        run_script("collect_runtime")


# Histories, search trials and what else experiments measured, as tables that others can read.
MEASURED = sorted(
    {
        path
        for study in studies_in(run, STUDIES)
        for files in STUDIES[study].values()
        for path in ([files] if isinstance(files, str) else files)
        if path.endswith(".csv")
    }
)


rule package_run:
    input:
        texts=TEXTS,
        pages=expand(rules.render_report.output, lang=OUTLINE.languages),
        figures=FIGURES,
        tables=[*run.report.tables, rules.collect_metrics.output.runs],
        metrics=rules.collect_metrics.output.metrics,
        claims=rules.collect_claims.output.all,
        measured=MEASURED,
        datasets=DATASETS,
        workflow=run.file("Snakefile"),
        citation=run.file("CITATION.cff"),
        snakemake=version_of("snakemake"),
        code=code_of("package_run"),
    output:
        crate=results("ro-crate-metadata.json"),
    log:
        logs("package_run.log"),
    benchmark:
        benchmarks("package_run.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        run=run.name,
    message:
        "Describing the run for machines"
    shell:
        run_script("package_run")


rule report:
    input:
        REPORT,
        rules.describe_environment.output,
        rules.collect_runtime.output,
        MEASURED,
        DATASETS,
        rules.package_run.output,
    localrule: True
    message:
        f"The report is complete: {results('report/')}"


rule print_report:
    input:
        page=rules.render_report.output.html,
        code=code_of("print_report"),
    output:
        pdf=results("report/report.{lang}.pdf"),
    log:
        logs("print_report/{lang}.log"),
    benchmark:
        benchmarks("print_report/{lang}.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Printing the report to PDF ({wildcards.lang})"
    shell:
        run_script("print_report")


# Not part of the report, since it needs a browser.
rule pdf:
    input:
        expand(rules.print_report.output.pdf, lang=OUTLINE.languages),
    localrule: True
    message:
        f"The PDFs are complete: {results('report/')}"


# Not part of the report either: one network of each arm of sections 2.7 and 2.8, for others to use.
rule export_weights:
    input:
        weights=[results(f"{paths.ARM}/weights.npz".format(arm=arm, seed=0)) for arm in CORE_ARMS],
        trainings=[results(f"{paths.ARM}/training.json".format(arm=arm, seed=0)) for arm in CORE_ARMS],
        tests=[results(f"{paths.ARM}/test.npz".format(arm=arm, seed=0)) for arm in CORE_ARMS],
        settings=[settings(f"arm.{arm}") for arm in CORE_ARMS],
        doses=[settings(f"trainings.{arm}") for arm in CORE_ARMS],
        origins=[results(f"{paths.ARM}/key.json".format(arm=arm, seed=0)) for arm in CORE_ARMS],
        metrics=rules.collect_metrics.output.metrics,
        datasets=DATASETS,
        template=run.report.file("pages/model_card.md.j2"),
        code=code_of("export_weights"),
    output:
        card=results("weights/README.md"),
        networks=expand(results("weights/{arm}.safetensors"), arm=CORE_ARMS),
    log:
        logs("export_weights.log"),
    benchmark:
        benchmarks("export_weights.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        run=run.name,
    message:
        f"Writing networks for others: {results('weights/')}"
    shell:
        run_script("export_weights")


rule publish:
    input:
        pages=expand(rules.render_report.output, lang=OUTLINE.languages),
        figures=FIGURES,
        tables=[*run.report.tables, rules.collect_metrics.output.runs, *rules.trace_provenance.output.tables],
        metrics=rules.collect_metrics.output.metrics,
        claims=rules.collect_claims.output.all,
        made_with=run.made_with(FIGURE_CODE),
        configuration=rules.describe_environment.output.configuration,
        real=on_real_data,
        code=code_of("publish"),
    output:
        folder=directory("docs/example"),
    log:
        logs("publish.log"),
    benchmark:
        benchmarks("publish.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Copying the finished report to docs/example/"
    shell:
        run_script("publish")
