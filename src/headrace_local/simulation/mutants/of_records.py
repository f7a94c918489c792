"""Mutants of how a job's record is kept: acceptance, reports, ends, visits."""

from __future__ import annotations

from headrace_local.simulation.mutants.mutant import Mutant, library

_UNGUARDED = "conditions=('attribute_exists(pk)',)"

OF_RECORDS = (
    Mutant(
        name="launch-not-checked-on-events",
        removes="A report moves its job whichever launch it speaks of.",
        edits=(
            library(
                "stages/reporting.py",
                "        attempt=started.attempt if started else None,\n"
                "        launch_number=started.launch if started else None,\n",
                "        attempt=job.attempt,\n"
                "        launch_number=job.launch_number,\n",
            ),
            library(
                "stages/reporting.py",
                "is_ours = report.started_by == job.token and not",
                "is_ours = not",
            ),
            library(
                "aws/job_updates.py",
                '    "#attempt = :attempt",\n    "#launch = :launch",\n',
                "",
            ),
            library(
                "aws/job_updates.py",
                '    return {\n        "attempt": number(sighting.attempt),\n'
                '        "launch": number(sighting.launch_number),\n    } | {',
                "    return {",
            ),
            library(
                "aws/job_updates.py",
                '_TESTED = frozenset({"attempt", "launch", "intendedAt"})',
                '_TESTED = frozenset({"intendedAt"})',
            ),
        ),
    ),
    Mutant(
        name="parameters-kept-after-the-record",
        removes="A job is stored before its large parameters are in S3.",
        edits=(
            library(
                "stages/dispatch.py",
                "    if submission.to_keep is not None:\n"
                "        ports.parameters.keep(submission.to_keep)\n"
                "    owner =",
                "    owner =",
            ),
            library(
                "stages/dispatch.py",
                "    if job.status is JobStatus.STARTING:\n",
                "    if submission.to_keep is not None:\n"
                "        ports.parameters.keep(submission.to_keep)\n"
                "    if job.status is JobStatus.STARTING:\n",
            ),
        ),
    ),
    Mutant(
        name="acknowledged-before-stored",
        removes="Messages are acknowledged whether or not they were stored.",
        edits=(
            library(
                "stages/dispatch.py",
                "    return failed\n\n\n@data",
                "    return []\n\n\n@data",
            ),
            library(
                "stages/dispatch.py",
                "        return [message.message_id for message in messages]\n",
                "        return []\n",
            ),
        ),
    ),
    Mutant(
        name="no-sweeper",
        removes="Reconcile does nothing.",
        edits=(
            library(
                "stages/reconcile.py",
                "    owner = ports.ids.operation_id()\n",
                "    return Tally(0, 0)\n    owner = ports.ids.operation_id()\n",
            ),
        ),
    ),
    Mutant(
        name="no-version-check",
        removes="Reports are applied as they come, and the last to come is believed.",
        # That a second RUNNING is no news would hide most of what is missing.
        edits=(
            library(
                "jobs/guards.py",
                "return facts.version is not None and"
                " (seen is None or seen < facts.version)",
                "return facts.version is not None",
            ),
            library(
                "aws/job_updates.py",
                '    "(attribute_not_exists(#lastVersion) OR'
                ' #lastVersion < :lastVersion)",\n',
                "",
            ),
            library(
                "stages/reporting.py",
                "    if not is_news:\n        return Effect.NOTHING, None\n",
                "",
            ),
        ),
    ),
    Mutant(
        name="finish-without-guard",
        removes="The end of a job is stored over whatever stands there.",
        edits=(
            library(
                "aws/job_updates.py",
                "    put, removed = difference(standing, to_item(after))\n",
                "    put, removed = difference(standing, to_item(after))\n"
                "    if after.status.is_terminal:\n"
                f"        return Update(put=put, removed=removed, {_UNGUARDED})\n",
            ),
        ),
    ),
    Mutant(
        name="missing-once-is-gone",
        removes="A task that ECS does not know once, however young, is gone.",
        edits=(
            library(
                "jobs/moves.py",
                "        (is_missing_often, is_old_enough_to_miss),\n",
                "        (),\n",
            ),
        ),
    ),
    Mutant(
        name="late-start-without-guard",
        removes="That a task started is stored over whatever stands there.",
        edits=(
            library(
                "aws/job_updates.py",
                "    put, removed = difference(standing, to_item(after))\n",
                "    put, removed = difference(standing, to_item(after))\n"
                "    has_ended = after.status.is_terminal or not after.launch\n"
                "    was_known = before.launch and before.launch.task_arn\n"
                "    if not has_ended and after.launch.task_arn and not was_known:\n"
                f"        return Update(put=put, removed=removed, {_UNGUARDED})\n",
            ),
            library(
                "jobs/sighting.py",
                "    JobStatus.RUNNING: (JobStatus.STARTING,),\n",
                "    JobStatus.RUNNING: tuple(JobStatus),\n",
            ),
            library(
                "aws/job_updates.py",
                '    "(attribute_not_exists(#lastVersion) OR'
                ' #lastVersion < :lastVersion)",\n',
                "",
            ),
        ),
    ),
)
