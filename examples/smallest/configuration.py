"""The configuration of this report: what every one has, and a section of its own."""

from lib.bounds import Count, Positive
from lib.workflow.schema import RunConfiguration, Strict


class Digits(Strict):
    seeds: Count
    epochs: Count
    test_share: Positive


class Configuration(RunConfiguration):
    digits: Digits
