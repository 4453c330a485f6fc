"""When a filter counts as dead; apart from the other modules, since it needs no PyTorch."""

DEAD_FIRING_RATE = 0.01  # share of positions and images at which its unit is above zero
