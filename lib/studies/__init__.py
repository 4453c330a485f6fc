"""Studies whose figures and numbers come from arms and seeds alone, one module each: ``draw`` and ``summarise``."""
