"""The number of BLAS threads of a NumPy job, from the configuration and not from how the run was started."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from threadpoolctl import threadpool_limits

from lib.bounds import Count
from lib.workflow.job import read_settings


@dataclass(frozen=True)
class NumpyConfig:
    """The section ``numpy`` of the configuration."""

    threads: Count = 1


def numpy_threads(settings: Path) -> contextlib.AbstractContextManager[object]:
    """Context in which NumPy uses the configured number of threads."""
    return threadpool_limits(read_settings(settings, NumpyConfig).threads)
