"""The thin command line of every script: typed arguments in, one clear line where something is wrong."""

from __future__ import annotations

import argparse
import inspect
import logging
import os
import re
import signal
import sys
import threading
import time
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NewType, TypeVar

import psutil
from pydantic import TypeAdapter, ValidationError

from lib.workflow.files import read_json

InputFile = NewType("InputFile", Path)
OutputFile = NewType("OutputFile", Path)
T = TypeVar("T")
Wildcard = Annotated[T, "a wildcard of the rule"]
Resource = Annotated[T, "a resource of the rule"]
RUNNER = "REPORT_RUNNER"  # environment: process id of the Snakemake that started the job, on the same machine


def parse_job(main: Callable[..., None]) -> dict[str, Any]:
    """Arguments of ``main`` from ``sys.argv``, one ``--option`` for each of its parameters.

    Types: ``InputFile`` (must exist), ``OutputFile``, ``Path``, ``str``, ``int``, ``float``, lists of these,
    ``Wildcard[...]`` and ``Resource[...]`` of these. They are the rule's interface too (see lib.workflow.interface).
    A missing or malformed argument ends the process with status 2 and a line that says what is wrong.
    """
    parser = argparse.ArgumentParser(description=sys.modules[main.__module__].__doc__, allow_abbrev=False)
    for name, hint in typing.get_type_hints(main).items():
        if name == "return":
            continue
        many = typing.get_origin(hint) is list
        element = typing.get_args(hint)[0] if many else hint
        parser.add_argument(
            "--" + name.replace("_", "-"),
            required=True,
            nargs="*" if many else None,
            type=_converter(element),
            metavar=element.__name__,
        )
    return vars(parser.parse_args())


def _converter(element: Any) -> Callable[[str], Any]:
    if element is InputFile:
        return _existing_file
    return Path if element is OutputFile else element


def _existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text}")
    return path


def read_settings(path: Path, kind: type[T]) -> T:
    """A configuration section, as written by the workflow, as the dataclass that its code takes."""
    try:
        return TypeAdapter(kind).validate_python(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{path}: {where}: {first['msg']}") from error


def run_job(main: Callable[..., None]) -> None:
    """Run ``main`` with the arguments of the command line (:func:`parse_job`), where it takes any.

    An expected error becomes one line on standard error and exit status 1.

    With ``REPORT_DEBUG`` in the environment every error comes with its traceback. A job whose Snakemake was killed
    ends within a second or two, so that the next run finds nobody at work on its files.
    """
    if runner := os.environ.get(RUNNER):
        threading.Thread(target=_end_with, args=(int(runner),), daemon=True).start()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    arguments = parse_job(main) if inspect.signature(main).parameters else {}
    try:
        main(**arguments)
    except (ValueError, OSError, ArithmeticError, MemoryError, RuntimeError) as error:
        if "REPORT_DEBUG" in os.environ or (isinstance(error, RuntimeError) and not _is_full_gpu(error)):
            raise
        print(f"error: {_told(error)}", file=sys.stderr)
        raise SystemExit(1) from None


def _is_full_gpu(error: RuntimeError) -> bool:
    """Whether PyTorch says that the GPU's memory is full.

    It does so by its own ``OutOfMemoryError`` only where it asks for memory itself: CUDA, when its context is made,
    cuBLAS and cuDNN have no error but a plain one with their status, cuBLAS also that it cannot be initialised.
    """
    told = r"out of memory|CU(BLAS|DNN)_STATUS_\w*ALLOC\w*_FAILED|CUBLAS_STATUS_NOT_INITIALIZED"
    return re.search(told, str(error)) is not None


def _told(error: BaseException) -> str:
    """What went wrong, in one line."""
    if isinstance(error, MemoryError) and not str(error):
        return "not enough memory"
    if isinstance(error, RuntimeError):
        said = ". ".join(str(error).partition("\n")[0].split(". ")[:2])
        return (
            f"not enough memory on the GPU ({said}); lower batch_size or machine.trainings_per_gpu, or leave the GPU to"
            " this job alone"
        )
    return str(error) or type(error).__name__


def _end_with(runner: int) -> None:
    """Kill this process as soon as the one that started it, on the same machine, is gone."""
    while _is_alive(runner):
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _is_alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE  # dead, but nobody has asked how it ended
    except psutil.NoSuchProcess:
        return False
