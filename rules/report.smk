# From results to the report: figures, tables and numbers, verdicts, where they come from, sections, Markdown and HTML.

from lib.workflow.sections import summaries_printed


include: "studies.smk"
include: "claims.smk"


rule trace_provenance:
    input:
        texts=TEXTS,
        catalogue=run.rules.catalogue,
        digests=run.rules.digests,
        trainings=TRAININGS,
        code=code_of("trace_provenance"),
    output:
        summary=results("summaries/provenance.json"),
        tables=[results("tables/provenance.csv")],
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


rule collect_metrics:
    input:
        summaries=SUMMARIES,
        texts=TEXTS,
        code=code_of("collect_metrics"),
    output:
        metrics=results("metrics.json"),
        runs=results("tables/runs.csv"),
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
        "Collecting every number of the report, and every run behind it"
    shell:
        run_script("collect_metrics")


for section in OUTLINE.sections:

    rule:
        name:
            f"render_{section}"
        input:
            templates=run.report.template_files(section),
            texts=TEXTS,
            summaries=[results(f"summaries/{name}.json") for name in summaries_printed(run, section, STUDIES, CLAIMS)],
            settings=run.settings_used(section),
            listed=run.listed_code(section),
            makers=run.rules.makers,
            datasets=DATASETS,
            code=code_of("render_section"),
        output:
            sections=[results(f"sections/{section}.{language}.md") for language in OUTLINE.languages],
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


# Where a report's folder has report/figure_words.yaml; else its figures are in English on all pages.
for language in run.report.texts.translated:

    rule:
        name:
            f"translate_figures_{language}"
        input:
            drawn=run.report.vectors,
            words=run.report.file("figure_words.yaml"),
            code=code_of("translate_figures"),
        output:
            figures=run.report.translated(language),
        log:
            logs(f"translate_figures_{language}.log"),
        benchmark:
            benchmarks(f"translate_figures_{language}.tsv")
        localrule: True
        conda:
            "../environment.yml"
        threads: 1
        resources:
            mem_mb=500,
            runtime=5,
        params:
            language=language,
        message:
            f"Translating the words of the figures ({language})"
        shell:
            run_script("translate_figures")


# Figures in all forms and languages.
FIGURES = [*run.report.figures, *run.report.translated()]


rule render_report:
    input:
        sections=expand(results("sections/{section}.{{lang}}.md"), section=OUTLINE.sections),
        used=expand(results("sections/{section}.used.json"), section=OUTLINE.sections),
        figures=FIGURES,
        texts=TEXTS,
        css=[run.report.file("style.css"), run.report.file("math.css")],
        page=run.report.file("pages/page.html.j2"),
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
        options=run.options,
    message:
        "Writing the report ({wildcards.lang})"
    shell:
        run_script("render_report")


# A finished report and what its pages were written from: what of all this has been removed is made again.
REPORT = [
    expand(rules.render_report.output, lang=OUTLINE.languages),
    FIGURES,
    run.report.tables,
    SUMMARIES,
    expand(rules.decide_claims.output, section=CLAIM_SECTIONS),
    rules.collect_claims.output,
    rules.collect_metrics.output,
    rules.trace_provenance.output,
    expand(rules.render_report.input.sections, lang=OUTLINE.languages),
    rules.render_report.input.used,
]
