"""Section 2.4: the CNN of section 2.7 on the images that the two networks learn by heart."""

from __future__ import annotations

from lib.data.splits import Splits
from lib.experiments.common import draw_images
from lib.experiments.config.overfit import OverfitCnnConfig, OverfitTrainingConfig
from lib.vision.compute import Compute
from lib.vision.config import ModelConfig, OptimizerConfig, Recipe
from lib.vision.models import build_model
from lib.vision.training import Images, loss_and_accuracy, predict, train
from lib.vision.weights import load_weights


def run(
    data: Splits,
    model: ModelConfig,
    config: OverfitTrainingConfig,
    cnn: OverfitCnnConfig,
    compute: Compute,
    seed: int,
) -> dict[str, float]:
    """Train by SGD with momentum, without augmentation, on the images that the seed draws for section 2.4.

    Returns
    -------
    result : ``train_accuracy`` and ``val_accuracy`` after the last epoch, without dropout, on the same training and
        validation images as there; ``perfect_from``, the epoch from which on all training images are right (the last
        one plus 1 if they are not)
    """
    x_train, y_train, x_val, y_val = draw_images(data, config.images, config.validation_images, seed)
    recipe = Recipe(
        epochs=cnn.epochs,
        batch_size=config.batch_size,
        optimizer=OptimizerConfig(learning_rate=cnn.learning_rate, weight_decay=0.0),
        precise_statistics=model.batchnorm,  # moving averages over so few steps are far behind
    )
    # Validated on the training images after each epoch, and on the others once.
    trained = train(Images(x_train, y_train, x_train, y_train), model, recipe, compute, seed=seed)
    network = load_weights(build_model(x_train.shape[1], model, seed=seed), trained.weights, compute)
    scores = predict(network, x_val, trained.normalisation, compute)
    accuracies = [row["val_accuracy"] for row in trained.history]
    wrong = [epoch for epoch, accuracy in enumerate(accuracies, start=1) if accuracy < 1]
    return {
        "train_accuracy": accuracies[-1],
        "val_accuracy": loss_and_accuracy(scores, y_val)["accuracy"],
        "perfect_from": max(wrong, default=0) + 1,
    }
