# What is drawn and what is summarised of each study: a study is a section of the report or an experiment, and has a script
# scripts/draw_STUDY.py and scripts/summarise_STUDY.py, or one of them. Which files these take, their arguments say; where
# these files lie, STUDIES; which figures and tables they make, report/captions.yaml.

from lib.workflow.sections import studies_in

for study in studies_in(run, STUDIES):
    FILES = {**COMMON, **STUDIES[study]}
    MODULE = FILES.get("module")  # of a study without scripts of its own
    SCRIPT, MODULES = ("study", [MODULE]) if MODULE else (study, [])
    FIGURE_IDS, TABLE_IDS = captions_of(study, "figure"), captions_of(study, "table")

    if FIGURE_IDS:

        rule:
            name:
                f"draw_{study}"
            input:
                **{name: FILES[name] for name in inputs_of(f"draw_{SCRIPT}")},
                code=code_of(f"draw_{SCRIPT}", *MODULES),
                matplotlib=version_of("matplotlib"),
            output:
                figures=[file for name in FIGURE_IDS for file in figure_files(name)],
            log:
                logs(f"draw_{study}.log"),
            benchmark:
                benchmarks(f"draw_{study}.tsv")
            localrule: True
            conda:
                "../environment.yml"
            threads: 1
            resources:
                mem_mb=1000,
                runtime=5,
            params:
                command=command_of(f"draw_{SCRIPT}", module=MODULE or ""),
            message:
                f"Drawing: {study}"
            shell:
                f"{run.scripts.before}{{params.command}} > {{log:q}} 2>&1"

    if TABLE_IDS or not FIGURE_IDS:

        rule:
            name:
                f"summarise_{study}"
            input:
                **{name: FILES[name] for name in inputs_of(f"summarise_{SCRIPT}")},
                code=code_of(f"summarise_{SCRIPT}", *MODULES),
            output:
                **({"tables": table_files(*TABLE_IDS)} if TABLE_IDS else {}),
                summary=results(f"summaries/{study}.json"),
            log:
                logs(f"summarise_{study}.log"),
            benchmark:
                benchmarks(f"summarise_{study}.tsv")
            localrule: True
            conda:
                "../environment.yml"
            threads: 1
            resources:
                mem_mb=1000,
                runtime=5,
            params:
                command=command_of(f"summarise_{SCRIPT}", module=MODULE or ""),
            message:
                f"Summarising: {study}"
            shell:
                f"{run.scripts.before}{{params.command}} > {{log:q}} 2>&1"


SUMMARIES = [results(f"summaries/{study}.json") for study in studies_in(run, STUDIES)]
