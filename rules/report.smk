# From numbers, tables and figures to the report: sections, appendices, metrics, Markdown and HTML.

SECTIONS = {  # name -> sections whose numbers its text may print
    "overview": ["mnist", "cifar", "gray", "claims"],
    "purpose": ["datasets"],
    "network": ["network"],
    "datasets": ["datasets"],
    "gradients": ["gradients", "claims_gradients"],
    "overfit": ["overfit", "claims_overfit"],
    "optimizers": ["optimizers", "claims_optimizers"],
    "mnist": ["mnist", "claims_mnist"],
    "cifar": ["cifar", "claims_cifar"],
    "gray": ["gray", "cifar", "claims_gray"],
    "discussion": ["mnist", "cifar", "gray", "discussion", "claims_cifar", "claims_gray", "claims_discussion"],
    "claims": ["claims", "gradients"],
    "provenance": ["provenance"],
    "environment": ["environment"],
    "runtime": ["runtime"],
    "references": ["datasets"],
}
ERRATA = ("printed_adam", "augmented_validation", "gray3")  # measured in an experiment, told in appendix A
for experiment in run.section("claims.experiments"):
    section = next(caption.section for caption in CAPTIONS.values() if caption.experiment == experiment)
    summary = SUMMARY_NAMES.get(experiment, experiment)
    SECTIONS[section].append(summary)
    if summary in ERRATA:
        SECTIONS["claims"].append(summary)
SUMMARIES = [
    results(f"summaries/{name}.json")
    for name in dict.fromkeys(name for names in SECTIONS.values() for name in names)
    if name not in ("provenance", "environment", "runtime") and not name.startswith("claims")
]
CLAIMS = summaries_read(load_claims(run.root), run.section("claims.experiments"))  # section -> summaries
FIGURES = run.figures("report/captions.yaml")


include: "claims.smk"


rule trace_provenance:
    input:
        texts=TEXTS,
        catalogue=run.catalogue,
        trainings=arm_files("training.json", *CORE_ARMS),
        code=code_of("trace_provenance"),
    output:
        summary=results("summaries/provenance.json"),
    log:
        logs("trace_provenance.log"),
    benchmark:
        benchmarks("trace_provenance.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Tracing where every figure and table comes from"
    shell:
        run_script("trace_provenance")


rule describe_environment:
    input:
        datasets=DATASETS,
        settings=run.all_settings,
        trainings=training_files("key.json"),
        code=code_of("describe_environment"),
    output:
        summary=results("summaries/environment.json"),
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
        after=SUMMARIES + FIGURES,
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
    params:
        folders=["data/benchmarks", benchmarks("")],
    message:
        "Collecting run times and memory"
    shell:
        run_script("collect_runtime")


rule collect_metrics:
    input:
        summaries=SUMMARIES,
        texts=TEXTS,
        code=code_of("collect_metrics"),
    output:
        metrics=results("metrics.json"),
    log:
        logs("collect_metrics.log"),
    benchmark:
        benchmarks("collect_metrics.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Collecting every number of the report"
    shell:
        run_script("collect_metrics")


for section, sources in SECTIONS.items():
    TEMPLATES = [f"report/sections/{section}.{language}.md.j2" for language in LANGUAGES]

    rule:
        name:
            f"render_{section}"
        input:
            templates=[run.file(template) for template in TEMPLATES],
            texts=TEXTS,
            summaries=[results(f"summaries/{source}.json") for source in sources],
            settings=run.settings_used(TEMPLATES),
            listed=run.listed_code(TEMPLATES),
            makers=run.makers,
            datasets=DATASETS,
            code=code_of("render_section"),
        output:
            sections=[results(f"sections/{section}.{language}.md") for language in LANGUAGES],
            used=results(f"sections/{section}.used.json"),
        log:
            logs(f"render_{section}.log"),
        benchmark:
            benchmarks(f"render_{section}.tsv")
        localrule: True
        conda:
            "../environment.yml"
        threads: 1
        resources:
            mem_mb=500,
            runtime=5,
        params:
            section=section,
        message:
            f"Writing section: {section}"
        shell:
            run_script("render_section")


rule render_report:
    input:
        sections=expand(results("sections/{section}.{{lang}}.md"), section=SECTIONS),
        used=expand(results("sections/{section}.used.json"), section=SECTIONS),
        figures=FIGURES,
        texts=TEXTS,
        css=run.file("report/style.css"),
        page=run.file("report/pages/page.html.j2"),
        author=settings("report"),
        datasets=DATASETS,
        provenance=rules.trace_provenance.output.summary,
        code=code_of("render_report"),
    output:
        markdown=results("report/report.{lang}.md"),
        html=report(results("report/report.{lang}.html"), category="The report", labels={"language": "{lang}"}),
    log:
        logs("render_report/{lang}.log"),
    benchmark:
        benchmarks("render_report/{lang}.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        language="{lang}",
        preset=run.preset,
    message:
        "Writing the report ({wildcards.lang})"
    shell:
        run_script("render_report")


rule package_run:
    input:
        texts=TEXTS,
        pages=expand(rules.render_report.output, lang=LANGUAGES),
        figures=FIGURES,
        tables=run.tables("report/captions.yaml"),
        metrics=rules.collect_metrics.output.metrics,
        claims=rules.collect_claims.output.all,
        datasets=DATASETS,
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
        expand(rules.render_report.output, lang=LANGUAGES),
        rules.collect_metrics.output,
        rules.collect_claims.output.all,
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
        expand(rules.print_report.output.pdf, lang=LANGUAGES),
    localrule: True
    message:
        f"The PDFs are complete: {results('report/')}"


rule publish:
    input:
        pages=expand(rules.render_report.output, lang=LANGUAGES),
        figures=FIGURES,
        tables=run.tables("report/captions.yaml"),
        metrics=rules.collect_metrics.output.metrics,
        claims=rules.collect_claims.output.all,
        made_with=run.made_with(),
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
    params:
        source=run.section("data.source"),
    message:
        "Copying the finished report to docs/example/"
    shell:
        run_script("publish")
