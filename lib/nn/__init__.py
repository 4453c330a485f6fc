"""A fully connected network from scratch: NumPy only, and nothing of the pipeline.

``layers`` (forward and backward passes), ``layer_utils`` (two of them as one), ``optim`` (update rules), ``fc_net``
(the networks), ``solver`` (training), ``gradient_check`` (centred differences). The interface is that of Stanford's
CS231n, whose notebooks run on it: ``docs/course.md`` says how.

What differs from the course:

- *Not here*: convolution, pooling, spatial and group normalisation, recurrent and attention layers; of the first
  assignment ``KNearestNeighbor``, the linear classifiers and ``neural_net.TwoLayerNet``; ``data_utils``, ``vis_utils``.
- *More than there*: keyword ``out`` of ``relu_forward`` and the update rules, ``input_gradient`` of
  ``affine_backward``, ``rng`` and ``mask`` of ``dropout_forward``; of the networks ``scores``, ``predict``,
  ``freeze_dropout``, ``describe``, ``get_state`` and the like; of the solver ``sampling``, ``rng``, ``seed``,
  ``raise_on_nan``, ``train_epoch``, ``restore_best``, ``get_state``, ``best_epoch``; the rule ``adam_as_printed``.
- *Randomness*: a generator that is handed in is used alone; without one it is NumPy's global one, as in the course. A
  ``seed`` of ``dropout_forward`` gives the course's mask, but does not reset the global generator. A whole number as
  ``seed`` of ``FullyConnectedNet`` fixes the weights too, and each layer's masks differ from those of the next.
- *Dropout* is told the share to keep, as in the editions since 2018; before, it was the share to drop.
- *Attributes*: ``dropout_params`` has a dictionary for each layer, in place of the one ``dropout_param``. ``loss(X)``
  leaves ``bn_params`` as they are, mode included. ``num_layers`` and ``params`` are the course's.
- *Caches* are not the course's, but for affine layers and dropout: they go from ``NAME_forward`` to ``NAME_backward``.
- ``batchnorm_backward`` is the short formula already, and ``batchnorm_backward_alt`` the same function.
- *Update rules* write to the memories in their configuration, and keep an array ``scratch`` in it. A key that a rule
  does not use is an error, and so is a memory of another shape than the weights.
- *Solver*: an epoch goes through the samples in a random order, each once; ``sampling="replacement"`` draws them as the
  course does. Accuracies are measured before the first step (there after it), on samples drawn without replacement.
  The best running statistics come back with the best weights. Lines are printed in other words, and the loss at
  multiples of ``print_every``.
- *Files*: ``save`` writes an npz, without pickle; ``load`` reads it and the course's ``.npy``. Both take the path as it
  is, and print nothing; a missing file is an error. ``FullyConnectedNet.from_file`` makes the network anew.
- ``eval_numerical_gradient`` prints only when asked; ``grad_check_sparse`` draws entries with NumPy and returns the
  largest error.
- *Old keywords* ``dropout`` and ``use_batchnorm`` are refused with the new name, and wrong input is refused where the
  course computes something: labels that are no (N,) integers in range, empty batches, a ``dout`` of another shape,
  fractions for counts, networks of float16, integers or complex numbers, single numbers as weights.
- *Rounding*: a mean that is off by so much that it is felt is taken again, so that constant float32 features normalise
  to 0; the gradient at a dead or dropped unit is 0, whatever comes in (there infinity gives NaN).
"""
