"""A fully connected network from scratch: NumPy only, and nothing of the pipeline.

``layers`` (forward and backward passes), ``optim`` (update rules), ``fc_net`` (the network), ``solver``
(training), ``gradient_check`` (centred differences). The interface is that of Stanford's CS231n.
"""
