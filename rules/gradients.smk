# Section 2.3: are the gradients right?


rule check_gradients:
    input:
        code=code_of("check_gradients"),
        settings=settings("gradients.check"),
        numpy=version_of("numpy"),
    output:
        check=results("gradients/check.json"),
    log:
        logs("check_gradients.log"),
    benchmark:
        benchmarks("check_gradients.tsv")
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=section_for("gradients.check"),
    message:
        "Gradient check of the whole network"
    shell:
        run_script("check_gradients", inputs="settings", outputs="check")


rule check_layers:
    input:
        code=code_of("check_layers"),
        settings=settings("gradients.layers"),
        numpy=version_of("numpy"),
        torch=version_of("torch"),
    output:
        layers=results("gradients/layers.csv"),
    log:
        logs("check_layers.log"),
    benchmark:
        benchmarks("check_layers.tsv")
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=5,
    params:
        settings=section_for("gradients.layers"),
    message:
        "Gradient check of every layer and every kind of network"
    shell:
        run_script("check_layers", inputs="settings", outputs="layers")


rule study_gradient_steps:
    input:
        code=code_of("study_gradient_steps"),
        settings=settings("gradients.steps"),
        network=settings("gradients.check"),
        numpy=version_of("numpy"),
    output:
        steps=results("gradients/steps/seed{seed}.csv"),
    log:
        logs("study_gradient_steps/seed{seed}.log"),
    benchmark:
        benchmarks("study_gradient_steps/seed{seed}.tsv")
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=section_for("gradients.steps"),
    message:
        "Gradient check against step size, seed {wildcards.seed}"
    shell:
        run_script("study_gradient_steps", inputs="settings network", outputs="steps", wildcards="seed")


GRADIENT_STEPS = expand(rules.study_gradient_steps.output.steps, seed=range(run.section("seeds.gradients")))


rule draw_gradients:
    input:
        steps=GRADIENT_STEPS,
        code=code_of("draw_gradients"),
        matplotlib=version_of("matplotlib"),
    output:
        gradient_steps=figure_files("gradient_steps"),
    log:
        logs("draw_gradients.log"),
    benchmark:
        benchmarks("draw_gradients.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        figures="gradient_steps",
    message:
        "Drawing the gradient check"
    shell:
        run_script("draw_gradients", inputs="steps", outputs="gradient_steps")


rule summarise_gradients:
    input:
        datasets=DATASETS,
        check=rules.check_gradients.output.check,
        layers=rules.check_layers.output.layers,
        steps=GRADIENT_STEPS,
        settings=settings("gradients"),
        reference=REFERENCE,
        code=code_of("summarise_gradients"),
    output:
        summary=results("summaries/gradients.json"),
        tables=table_files("gradient_check", "gradient_layers"),
    log:
        logs("summarise_gradients.log"),
    benchmark:
        benchmarks("summarise_gradients.tsv")
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        section="gradients",
    message:
        "Summarising the gradient check"
    shell:
        run_script(
            "summarise_gradients", inputs="datasets check layers steps settings reference", outputs="summary tables"
        )
