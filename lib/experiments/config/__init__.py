"""The sections of the configuration with which the experiments compute, one module each, without NumPy.

Snakemake reads them at every start, also where it has an environment of its own, without what the experiments need.
"""
