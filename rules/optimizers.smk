# Section: optimizers
