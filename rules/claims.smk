# What is claimed, and what this run's numbers say to it.

from lib.claims.schema import summaries_read, trainings_read
from lib.workflow.sections import check_claims
from lib.workflow.schema import load_claims

CLAIMS = load_claims(run.report.source_of("claims.yaml"), OUTLINE, run.report.known_experiments)
check_claims(run, STUDIES, CLAIMS)
CLAIM_SECTIONS = summaries_read(CLAIMS, EXPERIMENTS)  # section -> summaries whose numbers decide its claims
CLAIM_TRAININGS = trainings_read(CLAIMS)  # section -> trainings that its claims ask something of


rule decide_claims:
    input:
        claims=run.report.file("claims.yaml"),
        settings=settings("claims"),
        doses=lambda wildcards: run.settings_of("trainings", CLAIM_TRAININGS[wildcards.section]),
        summaries=lambda wildcards: [results(f"summaries/{name}.json") for name in CLAIM_SECTIONS[wildcards.section]],
        texts=TEXTS,
        datasets=DATASETS,
        code=code_of("decide_claims"),
    output:
        decisions=results("claims/{section}.json"),
        summary=results("summaries/claims_{section}.json"),
    log:
        logs("decide_claims/{section}.log"),
    benchmark:
        benchmarks("decide_claims/{section}.tsv")
    wildcard_constraints:
        section="|".join(CLAIM_SECTIONS),
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Deciding the claims of section: {wildcards.section}"
    shell:
        run_script("decide_claims")


rule collect_claims:
    input:
        claims=run.report.file("claims.yaml"),
        decisions=expand(rules.decide_claims.output.decisions, section=CLAIM_SECTIONS),
        texts=TEXTS,
        code=code_of("collect_claims"),
    output:
        all=results("claims.json"),
        summary=results("summaries/claims.json"),
        tables=table_files("claims_verdicts"),
    log:
        logs("collect_claims.log"),
    benchmark:
        benchmarks("collect_claims.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "Collecting the verdicts"
    shell:
        run_script("collect_claims")
