"""I16: parameters that a record or an order leaves to S3 are there, whole."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from headrace_local.simulation import deployment
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Sent, Write

_ADDRESS = f"s3://{deployment.PARAMETER_BUCKET_NAME}/"


class ParametersAreThere(Check):
    """Asked at every write of a job, and at every RunTask."""

    name = "I16"
    promise = "parameters that a record or an order leaves to S3 are there, whole"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        reference = json.loads(write.after.request_json).get("parametersInS3")
        if reference is not None:
            self._look(reference["uri"], reference["sha256"], write.after.job_id)

    def on_sent(self, sent: Sent) -> None:
        """See `Check`."""
        if sent.operation != "run_task":
            return
        (container,) = sent.request["overrides"]["containerOverrides"]
        given = {each["name"]: each["value"] for each in container["environment"]}
        has_both = {"JOB_PARAMETERS", "JOB_PARAMETERS_S3_URI"} & given.keys()
        job_id = given["JOB_ID"]
        if len(has_both) != 1:
            self.fail("RunTask with parameters in no place or two", about=job_id)
        if "JOB_PARAMETERS_S3_URI" in given:
            digest = given["JOB_PARAMETERS_SHA256"]
            self._look(given["JOB_PARAMETERS_S3_URI"], digest, job_id)

    def _look(self, uri: str, digest: str, job_id: str) -> None:
        content = self.world.aws.s3.content(
            deployment.PARAMETER_BUCKET_NAME, uri.removeprefix(_ADDRESS)
        )
        if content is None:
            self.fail(f"{uri} is not there", about=job_id)
        elif sha256(content).hexdigest() != digest:
            self.fail(f"{uri} is not what was sent", about=job_id)
