"""Experiments that train further models on CIFAR-10, one module each: arms, files, figures, numbers."""
