"""A kit for a bare GPU machine: PyTorch and NumPy, no network, little that can be sent at once (docs/gpu.md)."""
