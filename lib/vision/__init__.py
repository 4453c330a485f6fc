"""PyTorch models, training loop, evaluation and filter inspection for the CIFAR-10 experiments."""
