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
    message:
        "Gradient check of the whole network"
    shell:
        run_script("check_gradients")


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
    message:
        "Gradient check of every layer and every kind of network"
    shell:
        run_script("check_layers")


rule study_gradient_steps:
    input:
        code=code_of("study_gradient_steps"),
        settings=settings("gradients.steps"),
        network=settings("gradients.check"),
        numpy=version_of("numpy"),
    output:
        steps=results(paths.GRADIENT_STEPS),
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
    message:
        "Gradient check against step size, seed {wildcards.seed}"
    shell:
        run_script("study_gradient_steps")


STUDIES["gradients"] = {
    "check": rules.check_gradients.output.check,
    "layers": rules.check_layers.output.layers,
    "steps": expand(rules.study_gradient_steps.output.steps, seed=seeds("gradients")),
    "settings": settings("gradients"),
}
