"""What a run shows at the terminal, in place of Snakemake's own messages."""
