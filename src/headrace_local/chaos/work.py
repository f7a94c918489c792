"""What the tasks of a chaos run do: work for a while, and bear witness to it.

A script for a bare interpreter: the standard library only, because it is started
hundreds of times. It knows nothing of Headrace but the variables that every task gets.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from pathlib import Path

LOG_NAME = "witness.jsonl"


def main(arguments: list[str]) -> int:
    """Work as told and return the exit code.

    Args:
        arguments: The witness's folder; for how many seconds to work; the exit code
            of each attempt as a JSON list, whose last one is also that of any later.
    """
    folder, seconds, codes = Path(arguments[0]), float(arguments[1]), arguments[2]
    attempt = int(os.environ["JOB_ATTEMPT"])
    # The container's ARN ends with <cluster>/<task id>/<container id>.
    task_id = os.environ["HEADRACE_LOCAL_ECS_CONTAINER"].split("/")[-2]
    log = os.open(folder / LOG_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def tell(what: str, code: int | None = None) -> None:
        line = {
            "what": what,
            "job_id": os.environ["JOB_ID"],
            "attempt": attempt,
            "task_id": task_id,
            "code": code,
            "at": time.time(),
        }
        # One write on a file opened for appending: lines of many tasks do not mix.
        os.write(log, json.dumps(line).encode() + b"\n")

    tell("begin")
    # The kernel lets go of the lock when this process ends, however it does: who cannot
    # have it shares the job with a process that is alive.
    lock = os.open(folder / os.environ["JOB_ID"], os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        tell("overlap")
    time.sleep(seconds)
    planned = json.loads(codes)
    code = int(planned[min(attempt, len(planned)) - 1])
    tell("end", code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
