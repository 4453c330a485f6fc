# Section: overfit
