"""Keep who waits for a job's end: the tokens that its announcement answers.

The write that adds a token is what makes `announce` answer it, also where the job has
ended before: the table's stream tells of a token that was not there.
"""

from __future__ import annotations

from headrace.errors import JobMoved, StoreBusy
from headrace.jobs.job import Job
from headrace.jobs.moves import Move, make
from headrace.limits import TASK_TOKENS_MAX
from headrace.ports import Ports
from headrace.requests.request import SubmitRequest
from headrace.requests.task_tokens import too_many_task_tokens
from headrace.stages.launching import WRITE_TRIES_MAX, facts


def keep_token(standing: Job, request: SubmitRequest, ports: Ports) -> None:
    """Keep a duplicate request's token on the job that stands.

    A token that is there already is a redelivery's. An ended job's older tokens make
    room: their answers began with the writes that brought them.

    Raises:
        InvalidRequest: As many wait for this job as may.
        StoreBusy: Others kept moving the job, or its record is gone; deliver again.
    """
    token, job = request.task_token, standing
    if token is None:
        return
    for _ in range(WRITE_TRIES_MAX):
        if token in job.task_tokens:
            return
        kept = job.task_tokens
        if len(kept) >= TASK_TOKENS_MAX:
            if not job.status.is_terminal:
                raise too_many_task_tokens(request.origin, job_id=job.job_id)
            kept = kept[1 - TASK_TOKENS_MAX :]
        after = make(Move.NOTIFY, job, facts(ports), task_tokens=(*kept, token))
        try:
            ports.jobs.replace(job, after)
        except JobMoved as moved:
            if moved.current is None:
                break  # it expired meanwhile; the next delivery makes the job anew
            job = moved.current
        else:
            return
    raise StoreBusy(f"job {standing.job_id}: no token could be added to its record")
