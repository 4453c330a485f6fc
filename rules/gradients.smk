# Section: gradients
