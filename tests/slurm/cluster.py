"""A real Slurm on this machine: controller and one node on loopback, without accounting."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

DAEMONS = ("munged", "slurmctld", "slurmd")
# Where jobs look for it: Snakemake takes SLURM_CONF, like all variables of Slurm's, out of their environment.
SYSTEM_CONFIGURATION = Path("/etc/slurm/slurm.conf")
CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
MinJobAge=600
SlurmdTimeout=60
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
SlurmctldPort={controller_port}
SlurmdPort={node_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """Starts in ``folder`` with :meth:`start`, on a machine that has no Slurm set up, until :meth:`stop`."""

    def __init__(self, folder: Path, cpus: int) -> None:
        self.folder = folder
        self.host = socket.gethostname().split(".")[0]
        if SYSTEM_CONFIGURATION.exists():
            raise RuntimeError(f"{SYSTEM_CONFIGURATION}: this machine has a Slurm of its own; take one that has none")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("munge", "state", "spool"):
            (folder / name).mkdir(parents=True)
        (folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                folder=folder,
                host=self.host,
                cpus=cpus,
                memory=psutil.virtual_memory().total // 2**20 * 9 // 10,
                controller_port=free_port(),
                node_port=free_port(),
            )
        )
        (folder / "cgroup.conf").write_text("CgroupAutomount=no\n")
        SYSTEM_CONFIGURATION.parent.mkdir(exist_ok=True)
        SYSTEM_CONFIGURATION.unlink(missing_ok=True)  # a link whose target is gone
        SYSTEM_CONFIGURATION.symlink_to(folder / "slurm.conf")
        key = folder / "munge/key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        (folder / "munge").chmod(0o755)

    def start(self) -> None:
        """Start the daemons and wait until the node is idle; raises RuntimeError with their logs if it never is."""
        munge = self.folder / "munge"
        files = [f"--{what}-file={munge / what}" for what in ("key", "log", "pid", "seed")]
        self._run("munged", "--foreground", "--force", f"--socket={munge / 'socket'}", *files)
        self._wait(lambda: (munge / "socket").exists())
        self._run("slurmctld", "-D")
        self.start_node()
        self._wait(lambda: "idle" in self.ask("sinfo", "--noheader", "--format=%T"))

    def start_node(self) -> None:
        self._run("slurmd", "-D", "-N", self.host)

    def kill_node(self) -> None:
        """SIGKILL for the node's daemon alone; what it runs goes on."""
        self.processes["slurmd"].send_signal(signal.SIGKILL)
        self.processes["slurmd"].wait()

    def stop(self) -> None:
        self.ask("scancel", "--full", "--state=RUNNING")
        for name in reversed(DAEMONS):
            if (process := self.processes.get(name)) and process.poll() is None:
                process.terminate()
                process.wait(timeout=30)
        SYSTEM_CONFIGURATION.unlink()

    def ask(self, *command: str) -> str:
        """What one of Slurm's commands prints."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stdout

    def running(self) -> list[tuple[str, str]]:
        """Id and comment (the rule and its wildcards) of every running job."""
        lines = self.ask("squeue", "--noheader", "--states=RUNNING", "--format=%i|%k").splitlines()
        return [(number, comment) for number, _, comment in (line.partition("|") for line in lines)]

    def _run(self, name: str, *arguments: str) -> None:
        program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        assert program, f"{name} is not installed: run make test-slurm"
        environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}  # the others lie beside it
        with (self.folder / f"{name}.out").open("ab") as out:
            command: Sequence[str] = [program, *arguments]
            self.processes[name] = subprocess.Popen(command, env=environment, stdout=out, stderr=out)

    def _wait(self, ready, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > end or any(process.poll() is not None for process in self.processes.values()):
                logs = "\n".join(
                    f"== {path.name}\n{path.read_text(errors='replace')[-2000:]}"
                    for path in sorted([*self.folder.glob("*.out"), *self.folder.glob("*.log")])
                )
                raise RuntimeError(f"Slurm did not start:\n{logs}")
            time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
