"""Finds the processes of a pipeline by their parents, and kills one of them."""

from __future__ import annotations

import contextlib
import signal
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import psutil

from headrace_local.chaos.blows import Victim
from headrace_local.ecs.runners.keeper import marker_of

if TYPE_CHECKING:
    from headrace_local.chaos.blows import Blow
    from headrace_local.servers import Servers

POLL_SECONDS = 0.02
VICTIM_SECONDS_MAX = 20.0
TASK_SECONDS_MAX = 5.0  # then there is none, and a worker is killed instead
# The emulator ends all of a function's workers when one of them dies as it starts, and
# then again those that start instead. AWS does not: so a worker is let start first.
WORKER_AGE_SECONDS_MIN = 2.5


class NoVictimError(Exception):
    """There was no process of a sort for so long that something must be wrong."""


class Killer:
    """Kills processes of one pipeline, and no others.

    Args:
        servers: The pipeline's, whose descendants are looked through.
    """

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self.kills: Counter[Victim] = Counter()
        self.killed_tasks: set[str] = set()

    def strike(self, blow: Blow) -> None:
        """Kill a process of the wanted sort, once there is one.

        Where no task runs for some seconds, it is a worker instead.

        Raises:
            NoVictimError: There was none for a long time.
        """
        began_at = time.monotonic()
        victim = blow.victim
        while (seconds := time.monotonic() - began_at) < VICTIM_SECONDS_MAX:
            if seconds > TASK_SECONDS_MAX and victim in {Victim.TASK, Victim.KEEPER}:
                victim = Victim.WORKER
            found = self.candidates(victim)
            if found and self._kill(found[int(blow.which * len(found))], victim):
                self.kills[victim] += 1
                return
            time.sleep(POLL_SECONDS)
        raise NoVictimError(
            f"there was no {victim} process for {VICTIM_SECONDS_MAX:.0f} s"
        )

    def candidates(self, victim: Victim) -> Sequence[psutil.Process]:
        """Return the processes of a sort that live now, by age."""
        with contextlib.suppress(psutil.NoSuchProcess):
            match victim:
                case Victim.WORKER:
                    # The supervisor's child is the emulator, and its are the workers.
                    workers = _grandchildren(self._servers.emulator.pid, 1)
                    begun_by = time.time() - WORKER_AGE_SECONDS_MIN
                    return [each for each in workers if each.create_time() <= begun_by]
                case Victim.SERVER:
                    return _grandchildren(self._servers.tasks.pid, 0)
                case Victim.KEEPER:
                    return _grandchildren(self._servers.tasks.pid, 1)
                case Victim.TASK:
                    return _grandchildren(self._servers.tasks.pid, 2)
        return []

    def _kill(self, process: psutil.Process, victim: Victim) -> bool:
        """Kill a process; return whether it was alive to be killed."""
        if victim is Victim.TASK:
            # The container's ARN ends with <cluster>/<task id>/<container id>.
            marker = (marker_of(process.pid) or "").split("/")
            if len(marker) < 3:  # noqa: PLR2004 - those three; it is no task's yet
                return False
            self.killed_tasks.add(marker[-2])
        try:
            # psutil looks at the start time, too: a pid may be another's by now.
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            return False
        return True


def _grandchildren(supervisor: int, generations: int) -> list[psutil.Process]:
    """Return a supervisor's children, or theirs, so many generations below."""
    found = psutil.Process(supervisor).children()
    for _ in range(generations):
        below: list[psutil.Process] = []
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                below += process.children()
        found = below
    alive = []
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
    return sorted(alive, key=lambda each: (each.create_time(), each.pid))
