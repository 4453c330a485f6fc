# Section: mnist
