# Before anything else: whether this Snakemake will do, and whether the project's own modules will be found.

import os
import sys

from snakemake.utils import min_version

min_version("9.12")


def find_modules(folder, *names):
    """Have modules imported from ``folder``. Ends the process with one line where others of their names are there."""
    if "{" in folder or "}" in folder:
        raise SystemExit(
            f"{folder}: Snakemake takes braces in a path for wildcards; give the folder a name without them"
        )
    for name in names:
        if module := sys.modules.get(name):
            loaded = os.path.realpath(getattr(module, "__file__", None) or next(iter(module.__path__)))
            own = os.path.realpath(f"{folder}/{name}")
            if loaded not in (own, f"{own}.py", f"{own}/__init__.py"):
                raise SystemExit(
                    f"{folder}: another module {name}, {loaded}, is loaded already; give that one another name"
                )
    sys.path.insert(0, folder)


PROJECT = os.path.dirname(str(workflow.current_basedir))  # also where another workflow has it as a module
if not os.path.isdir(f"{PROJECT}/lib/workflow"):
    raise SystemExit(f"{PROJECT}: no folder lib/workflow there; clone the project and name the Snakefile of the clone")
find_modules(PROJECT, "lib")
