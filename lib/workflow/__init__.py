"""What Snakemake needs: code stamps, settings, configuration schema, whole files, checkpoints."""
