"""A runner for tests: containers whose fate is chosen, in virtual time."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headrace_local.ecs.runners.port import OUT_OF_MEMORY, StopSignal

if TYPE_CHECKING:
    from headrace_local.ecs.clock import Timers
    from headrace_local.ecs.runners.port import ContainerReports, ContainerSpec

KILLED_EXIT_CODE = 137
TERMINATED_EXIT_CODE = 143


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a container.

    Attributes:
        exit_code: What it exits with of its own accord; None when nobody learns it.
        run_seconds: How long it runs before it exits; None is for ever.
        start_seconds: How long it takes to start.
        start_failure: It never starts, and this is why.
        reason: What the container's ``reason`` says at its exit.
        term_exit_code: What it exits with on SIGTERM; None ignores SIGTERM.
        term_seconds: How long it takes to exit on SIGTERM.
        ignores_kill: Not even SIGKILL ends it (a lost host).
        healthy_after_seconds: When its health check first passes; None is never.
    """

    exit_code: int | None = 0
    run_seconds: float | None = 0.0
    start_seconds: float = 0.0
    start_failure: str | None = None
    reason: str | None = None
    term_exit_code: int | None = TERMINATED_EXIT_CODE
    term_seconds: float = 0.0
    ignores_kill: bool = False
    healthy_after_seconds: float | None = None

    @classmethod
    def out_of_memory(cls, run_seconds: float = 0.0) -> Fate:
        """Return the fate of a container that takes more memory than it has."""
        return cls(
            exit_code=KILLED_EXIT_CODE, run_seconds=run_seconds, reason=OUT_OF_MEMORY
        )

    @classmethod
    def cannot_pull(cls, image: str = "image") -> Fate:
        """Return the fate of a container whose image is nowhere."""
        reason = (
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
            f"failed to resolve ref {image}: not found"
        )
        return cls(start_failure=reason)


@dataclass(slots=True)
class _Live:
    fate: Fate
    started: bool = False
    stop_asked: StopSignal | None = field(default=None)


class ScriptedRunner:
    """Gives every container the fate that the test chose for it.

    Args:
        timers: The engine's timers, so that fates unfold on the engine's clock.
        default: The fate of a container for which none was chosen.
    """

    def __init__(self, timers: Timers, default: Fate | None = None) -> None:
        self.default = default or Fate()
        self.specs: dict[str, ContainerSpec] = {}
        self._timers = timers
        self._fates: list[tuple[str, Fate, int | None]] = []
        self._live: dict[str, _Live] = {}
        self._reports: ContainerReports | None = None

    def choose(
        self, fate: Fate, *, container: str = "*", times: int | None = 1
    ) -> None:
        """Give this fate to the next containers of that name.

        Args:
            fate: What becomes of them.
            container: A shell pattern for container names.
            times: How many containers; None is all from now on.
        """
        self._fates.append((container, fate, times))

    def bind(self, reports: ContainerReports) -> None:
        """Take the place where reports go."""
        self._reports = reports

    def start(self, spec: ContainerSpec) -> None:
        """Begin the container's fate."""
        fate = self._fate_of(spec.name)
        self.specs[spec.key] = spec
        self._live[spec.key] = _Live(fate)
        self._timers.after(fate.start_seconds, lambda: self._started(spec.key))

    def stop(self, key: str, signal: StopSignal) -> None:
        """Let the container answer a signal as its fate says."""
        live = self._live.get(key)
        if live is None:
            return
        live.stop_asked = signal
        if live.started:
            self._answer_signal(key, live)

    def close(self) -> None:
        """Forget every container."""
        self._live.clear()

    @property
    def live_keys(self) -> tuple[str, ...]:
        """The containers that have begun and not ended."""
        return tuple(self._live)

    def _fate_of(self, name: str) -> Fate:
        for index, (pattern, fate, times) in enumerate(self._fates):
            if not fnmatch.fnmatchcase(name, pattern):
                continue
            if times is not None and times <= 1:
                del self._fates[index]
            elif times is not None:
                self._fates[index] = (pattern, fate, times - 1)
            return fate
        return self.default

    def _started(self, key: str) -> None:
        live = self._live.get(key)
        if live is None or self._reports is None:
            return
        fate = live.fate
        if fate.start_failure is not None:
            del self._live[key]
            self._reports.container_failed_to_start(key, reason=fate.start_failure)
            return
        live.started = True
        self._reports.container_started(key, runtime_id=f"scripted-{key[-12:]}")
        if fate.run_seconds is not None:
            self._exit_after(key, fate.run_seconds, fate.exit_code, fate.reason)
        if fate.healthy_after_seconds is not None:
            self._timers.after(
                fate.healthy_after_seconds, lambda: self._report_health(key)
            )
        if live.stop_asked is not None:
            self._answer_signal(key, live)

    def _answer_signal(self, key: str, live: _Live) -> None:
        if live.stop_asked is StopSignal.KILL:
            if not live.fate.ignores_kill:
                self._exit_after(key, 0.0, KILLED_EXIT_CODE, None)
        elif live.fate.term_exit_code is not None:
            self._exit_after(
                key, live.fate.term_seconds, live.fate.term_exit_code, None
            )

    def _exit_after(
        self, key: str, seconds: float, exit_code: int | None, reason: str | None
    ) -> None:
        self._timers.after(seconds, lambda: self._exited(key, exit_code, reason))

    def _exited(self, key: str, exit_code: int | None, reason: str | None) -> None:
        if self._live.pop(key, None) is not None and self._reports is not None:
            self._reports.container_exited(key, exit_code=exit_code, reason=reason)

    def _report_health(self, key: str) -> None:
        if key in self._live and self._reports is not None:
            self._reports.container_health_changed(key, healthy=True)
