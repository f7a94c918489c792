"""The two ways to change a job's item: over what was read, or unread by a sighting.

Pure; builds updates, sends none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace.aws.attributes import DIGEST, TIME, written
from headrace.aws.job_item import OUTCOME, to_item
from headrace.aws.transition_lines import line
from headrace.aws.update_expression import Update, difference
from headrace.aws.wire_values import Item, listed, number, text
from headrace.jobs.job import JobStatus, ReasonCode
from headrace.jobs.sighting import running_since, sources_of, success_of
from headrace.jobs.transitions import Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace.aws.wire_values import WireValue
    from headrace.jobs.job import Job
    from headrace.ports import Sighting

_TIMERS = frozenset({"duePk", "nextAt", "readyPk", "readySk"})
_WAITING = frozenset({"waitReason", "notBeforeAt"})
_MISSING = frozenset({"missingCount", "missingAt"})
_LEASE = frozenset({"leaseOwner", "leaseUntilAt"})
_COUNTED = frozenset({"revision", "sequence"})
_SAME_TASK = (
    "#attempt = :attempt",
    "#launch = :launch",
    "(attribute_not_exists(#lastVersion) OR #lastVersion < :lastVersion)",
    "(attribute_not_exists(#taskArn) OR #taskArn = :taskArn)",
    "attribute_exists(#intendedAt)",
)
_TESTED = frozenset({"attempt", "launch", "intendedAt"})


def replacement(before: Job, after: Job) -> Update:
    """Return the write of a changed job: what differs, over what was read."""
    standing = to_item(before)
    put, removed = difference(standing, to_item(after))
    return Update(
        put=put,
        removed=removed,
        conditions=("#revision = :readRevision", "#status = :readStatus"),
        given={
            "readRevision": standing["revision"],
            "readStatus": standing["status"],
        },
        tested=frozenset({"revision", "status"}),
    )


def noting(sighting: Sighting) -> Update:
    """Return the write of a sighting; see `headrace.jobs.sighting` for its meaning.

    Raises:
        ValueError: The sighting is of another status than RUNNING and SUCCEEDED.
    """
    sources = sources_of(sighting)
    if sighting.status is JobStatus.RUNNING:
        return _running(sighting, sources)
    return _succeeded(sighting, sources)


def _running(sighting: Sighting, sources: tuple[JobStatus, ...]) -> Update:
    return Update(
        put=_seen(sighting) | {"startedAt": TIME.write(running_since(sighting))},
        appended=_line(sighting, why=None),
        removed=_MISSING,
        raised=_COUNTED,
        conditions=(*_SAME_TASK, _one_of(sources)),
        given=_claims(sighting, sources),
        tested=_TESTED,
    )


def _succeeded(sighting: Sighting, sources: tuple[JobStatus, ...]) -> Update:
    put = _seen(sighting) | written(success_of(sighting), OUTCOME)
    if sighting.started_at is not None:
        put["startedAt"] = TIME.write(sighting.started_at)
    if sighting.expires_at is not None:
        put["expiresAt"] = number(int(sighting.expires_at.timestamp()))
    return Update(
        put=put,
        appended=_line(sighting, why=ReasonCode.OK),
        removed=_TIMERS | _WAITING | _LEASE,
        raised=_COUNTED,
        conditions=(
            *_SAME_TASK,
            _one_of(sources),
            "#soleContainer = :container",
            "attribute_not_exists(#wasSpotWarned)",
        ),
        given=_claims(sighting, sources)
        | {"container": text(sighting.container or "")},
        tested=_TESTED | {"soleContainer", "wasSpotWarned"},
    )


def _seen(sighting: Sighting) -> Item:
    digest = sighting.image_digest
    told = {} if digest is None else {"imageDigest": DIGEST.write(digest)}
    return told | {
        "status": text(sighting.status),
        "statusAt": TIME.write(sighting.seen_at),
        "operationId": text(sighting.operation_id),
        "taskArn": text(sighting.task_arn),
        "lastVersion": number(sighting.version),
    }


def _line(sighting: Sighting, *, why: ReasonCode | None) -> Mapping[str, WireValue]:
    """Return the sighting's line of the audit trail; its number is not told."""
    transition = Transition(0, sighting.status, sighting.seen_at, sighting.by, why)
    return {"transitions": listed([text(line(transition))])}


def _claims(sighting: Sighting, sources: tuple[JobStatus, ...]) -> Item:
    return {
        "attempt": number(sighting.attempt),
        "launch": number(sighting.launch_number),
    } | {f"source{index}": text(source) for index, source in enumerate(sources)}


def _one_of(sources: tuple[JobStatus, ...]) -> str:
    names = ", ".join(f":source{index}" for index in range(len(sources)))
    return f"#status IN ({names})"
