"""Snakemake's way to :mod:`lib.terminal`: ``PYTHONPATH=lib/terminal/plugin snakemake --logger report``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from lib.terminal.handler import LogHandler, LogHandlerSettings

__all__ = ["LogHandler", "LogHandlerSettings"]
