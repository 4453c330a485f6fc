# Section 4.13: can a network learn wrong labels by heart?


rule label_noise:
    input:
        **data_of(data="cifar10"),
        code=code_of("label_noise"),
        settings=settings("label_noise.training"),
        split=settings("data.cifar10"),
        compute=settings("numpy"),
        numpy=version_of("numpy"),
    output:
        history=results("label_noise/{share}/seed{seed}/history.csv"),
    log:
        logs("label_noise/{share}/seed{seed}.log"),
    benchmark:
        benchmarks("label_noise/{share}/seed{seed}.tsv")
    conda:
        "../environment.yml"
    threads: run.section("numpy.threads")
    resources:
        mem_mb=2000,
        runtime=20,
    message:
        "Learning with a share of {wildcards.share} of the labels drawn, seed {wildcards.seed}"
    shell:
        run_script("label_noise")


CONFIG = run.section("label_noise")
STUDIES["label_noise"] = {
    "module": "lib.studies.label_noise",
    "results": expand(rules.label_noise.output.history, share=CONFIG["shares"], seed=range(CONFIG["seeds"])),
    "settings": settings("label_noise.training"),
}
