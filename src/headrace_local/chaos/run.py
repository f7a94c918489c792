"""One chaos run, from the pipeline's start to the account of every job."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from headrace_local.chaos.accounting import Finding, findings, work_done_again
from headrace_local.chaos.blows import blows
from headrace_local.chaos.evidence import Evidence
from headrace_local.chaos.scene import Options, Scene, Tally
from headrace_local.chaos.traces import save_traces
from headrace_local.pipeline import Pipeline, PipelineOptions

if TYPE_CHECKING:
    from headrace_local.happenings import Listener

POLL_SECONDS = 0.5
CONTROL_SECONDS_MAX = 10.0
# A launch that was delayed lands up to 10 s late; if it is a second one, it shows.
SETTLE_SECONDS_MIN = 12.0
# Jobs asked for and not ended: beyond the one the kills pause until the other. A
# function that never gets to work for a minute is an hour's outage on AWS, after which
# jobs are rightly LOST; how much a machine can take of this depends on the machine.
BEHIND_JOBS_MAX = 40
CAUGHT_UP_JOBS = 25
PAUSE_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run comes to.

    Attributes:
        evidence: All that was gathered.
        findings: What is not accounted for.
        tally: What was done.
        killing_seconds: From the first message to the last kill.
        paused_seconds: For how much of that the jobs were let catch up.
        settling_seconds: From there until nothing moved.
        done_again: How much work had succeeded when its exit code was lost with the
            process that was to record it.
    """

    evidence: Evidence
    findings: Sequence[Finding]
    tally: Tally
    killing_seconds: float
    paused_seconds: float
    settling_seconds: float
    done_again: int


def run(options: Options, show: Callable[[Tally], None], listener: Listener) -> Report:
    """Bring a pipeline up, send, kill, wait, and account for everything.

    No process is left afterwards.

    Args:
        options: What the run is.
        show: Called with the tally now and then.
        listener: Hears what the pipeline tells.

    Raises:
        LaptopRunError: The pipeline did not start, or ended for good.
        NoVictimError: There was nothing of a sort to kill for a long time.
    """
    pipeline_options = PipelineOptions(
        project=options.project,
        state_folder=options.state_folder / "pipeline",
        runner="subprocess",
        reload=False,
        register=False,
        stream=False,
    )
    with Pipeline(pipeline_options, listener) as pipeline:
        control = f"{pipeline.servers.access.ecs_endpoint}/_headrace/ecs/"
        with httpx.Client(
            base_url=control, timeout=CONTROL_SECONDS_MAX, trust_env=False
        ) as http:
            scene = Scene.around(pipeline, http, options)
            report = _play(scene, options, show, pipeline.check)
            save_traces(pipeline, report.evidence, options.state_folder)
            return report


def _play(
    scene: Scene,
    options: Options,
    show: Callable[[Tally], None],
    check: Callable[[], None],
) -> Report:
    began_at = time.monotonic()

    def look(phase: str) -> Tally:
        check()
        tally = scene.tally(seconds=time.monotonic() - began_at, phase=phase)
        show(tally)
        return tally

    scene.begin()
    try:
        paused_seconds = _storm(scene, options, look)
        struck_at = time.monotonic()
        scene.disturbance.end()
        while not _is_settled(scene, struck_at, options.settle_seconds):
            time.sleep(POLL_SECONDS)
            look("settling")
    finally:
        scene.end()
    if scene.failures:
        raise scene.failures[0]
    evidence = scene.evidence()
    return Report(
        evidence=evidence,
        findings=findings(evidence),
        tally=look("done"),
        killing_seconds=struck_at - began_at,
        paused_seconds=paused_seconds,
        settling_seconds=time.monotonic() - struck_at,
        done_again=work_done_again(evidence),
    )


def _storm(scene: Scene, options: Options, look: Callable[[str], object]) -> float:
    """Make every kill; return for how many seconds they paused."""
    paused_seconds = 0.0
    for blow in blows(seed=options.seed, kills=options.kills):
        time.sleep(blow.after_seconds)
        paused_seconds += _pause(scene, look)
        scene.killer.strike(blow)
        look("killing")
    return paused_seconds


def _pause(scene: Scene, look: Callable[[str], object]) -> float:
    """Let the jobs catch up where too many are open; return for how many seconds."""
    if scene.behind <= BEHIND_JOBS_MAX:
        return 0.0
    began_at = time.monotonic()
    seconds = 0.0
    while scene.behind > CAUGHT_UP_JOBS and seconds < PAUSE_SECONDS_MAX:
        time.sleep(POLL_SECONDS)
        look("pausing")
        seconds = time.monotonic() - began_at
    return seconds


def _is_settled(scene: Scene, struck_at: float, seconds_max: float) -> bool:
    seconds = time.monotonic() - struck_at
    if seconds < SETTLE_SECONDS_MIN:
        return False
    return seconds > seconds_max or scene.is_quiet
