"""The places where this workflow reaches into Snakemake, which has no option for what they do."""

from __future__ import annotations

import contextlib
import re
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import psutil
import snakemake
from snakemake.benchmark import BenchmarkTimer


def limit(workflow: Any, resource: str, count: int) -> None:
    """Jobs take no more than ``count`` of a resource together, unless the user says how many there are; 0: no limit.

    A job for which none is free then waits in Snakemake, where it holds no core. Not on a cluster: its executor is not
    known yet when rules are read, but only with one are there nodes.
    """
    local = workflow.is_main_process and workflow.resource_settings.nodes is None
    if count and local and _there(workflow, "global_resources", f"jobs wait for a {resource} with a core in hand"):
        workflow.global_resources.setdefault(resource, count)


def start_with_module(workflow: Any, begin: Callable[[Any], None]) -> None:
    """``begin`` when jobs begin, where this is a module: Snakemake calls ``onstart:`` of the importing workflow alone.

    One that comes after the module takes its place, and may call that of the module.
    """
    if workflow.modifier.base_snakefile is not None and _there(workflow, "_onstart", "a second run beside one waits"):
        others = workflow._onstart

        def onstart(log: str) -> None:
            begin(workflow)
            others(log)

        workflow._onstart = onstart


def want_hooks(workflow: Any) -> None:
    """End the main process with one line where ``onstart:`` is left out, by which others see that a run is at work."""
    if workflow.is_main_process and _there(workflow, "execute", "--no-hooks leaves a run without protection"):
        execute = workflow.execute

        def executed(*arguments: Any, **options: Any) -> Any:
            if workflow.execution_settings.no_hooks:
                raise SystemExit("--no-hooks: others could change what the run computes; leave the option out")
            return execute(*arguments, **options)

        workflow.execute = executed


def to_be_made(workflow: Any) -> list[str]:
    """The files that the jobs of the plan will make."""
    return [str(path) for job in workflow.dag.needrun_jobs() for path in job.output]


def modules_to_run(workflow: Any, before: str) -> list[str]:
    """The modules that jobs of the plan run by ``python -m``, those of most jobs first.

    Of the jobs whose shell does ``before`` first; others are of a workflow that has this one as a module.
    """
    jobs = list(workflow.dag.needrun_jobs())
    commands = {job.rule.name: job.shellcmd or "" for job in jobs}  # of one job each: the others run the same module
    own = re.compile(rf"\s*{re.escape(before)}python -m (\S+)")
    modules = {rule: own.findall(command) for rule, command in commands.items()}
    return [module for module, _ in Counter(m for job in jobs for m in modules[job.rule.name]).most_common()]


def lift_rate_limit(workflow: Any) -> None:
    """Start local jobs as fast as they come.

    The limit on jobs per second wakes the scheduler once a second for every job that has ended: a quarter of a core
    after 130 of them, taken from the trainings. It is meant for clusters.
    """
    if _there(workflow.scheduler, "job_rate_limiter", "it takes a quarter of a core"):
        workflow.scheduler.job_rate_limiter = None


_servers: list[psutil.Process] = []


class _Job(psutil.Process):
    """A process of a job; what the fork servers run for it is among its children."""

    def children(self, recursive: bool = False) -> list[psutil.Process]:
        own = super().children(recursive=recursive)
        clients = {f"job {process.pid}" for process in (self, *own)}  # see lib.workflow.forkserver
        for server in _servers:
            with contextlib.suppress(psutil.NoSuchProcess):
                for fork in server.children():
                    with contextlib.suppress(psutil.NoSuchProcess):
                        if fork.name() in clients:
                            own += [fork, *(fork.children(recursive=True) if recursive else [])]
        return own


def count_forks(server: int) -> None:
    """Benchmark files count what a fork server (its process id) runs for a job, which is no child of the job."""
    first = not _servers
    _servers.append(psutil.Process(server))
    if first and _there(BenchmarkTimer, "_update_record", "benchmark files lack CPU time and memory of jobs"):
        init = BenchmarkTimer.__init__

        def observe(self: Any, pid: int, *arguments: Any, **options: Any) -> None:
            init(self, pid, *arguments, **options)
            self.main = _Job(pid)

        BenchmarkTimer.__init__ = observe


def ask_again(workflow: Any) -> None:
    """Waiting jobs forget why they were to run, so that Snakemake decides anew: now, that is while it updates its plan.

    After a checkpoint it asks itself which jobs must run, but a job that was to follow another one still does, also
    where that one need not run any more.
    """
    if (dag := workflow.dag) and _there(
        dag, "reason", "what follows data made again reruns, even if they are the same"
    ):
        running = {job for each in dag._running for job in (each if each.is_group() else [each])}
        for job in dag.needrun_jobs():
            if job not in running:
                dag.reason(job).clear()


def _there(place: Any, name: str, otherwise: str) -> bool:
    if hasattr(place, name):
        return True
    print(f"Snakemake {snakemake.__version__} has no {type(place).__name__}.{name}: {otherwise}", file=sys.stderr)
    return False
