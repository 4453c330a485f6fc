"""Train a linear classifier on scikit-learn's digits, for one seed, and test it after every epoch."""

import pandas as pd
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

from lib.workflow.files import read_json, whole_files
from lib.workflow.job import InputFile, OutputFile, Wildcard, run_job


def main(settings: InputFile, seed: Wildcard[int], history: OutputFile) -> None:
    config, (x, y) = read_json(settings), load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x / 16, y, test_size=config["test_share"], random_state=seed)
    model = SGDClassifier(loss="log_loss", random_state=seed)
    epochs = range(1, config["epochs"] + 1)
    accuracies = [model.partial_fit(x_train, y_train, classes=range(10)).score(x_test, y_test) for _ in epochs]
    with whole_files(history) as (target,):
        pd.DataFrame({"epoch": epochs, "test_accuracy": accuracies}).to_csv(target, index=False)


if __name__ == "__main__":
    run_job(main)
