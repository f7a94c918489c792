"""May a job be run again exactly: is what it ran still what its names stand for.

The version of the definition pins the revision of the task definition, and that pins
the image's name. A name with a tag may have come to stand for something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import RerunObstacle, RerunRefusedError
from headrace_client.images import ImageName, Images

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef

    from headrace.jobs.job import Job
    from headrace.ports import Catalogue


class Revisions(Protocol):
    """Where revisions of task definitions are looked up."""

    def described(self, arn: str) -> TaskDefinitionTypeDef | None:
        """Return all that ECS says of a revision; None where it is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactness:
    """Judges whether jobs can be run again exactly.

    Attributes:
        catalogue: The registered definitions.
        revisions: Their task definitions.
        images: Their images.
        endpoint: Where the catalogue is, for error messages; None is AWS.
    """

    catalogue: Catalogue
    revisions: Revisions
    images: Images
    endpoint: str | None = None

    def check(self, job: Job) -> None:
        """Return where an exact rerun starts what the job started.

        Raises:
            RerunRefusedError: It would not, or nobody knows.
            ClientError: The table, ECS or ECR did not answer, or refused.
        """
        image = self._image_of(job)
        if job.launch is None and not job.history:
            return  # nothing ran, so there is nothing to differ from
        recorded = job.image_digest
        if image.digest is not None and recorded in (None, image.digest):
            recorded = image.digest
        if recorded is None:
            raise _refused(
                job,
                RerunObstacle.IMAGE_UNKNOWN,
                f"nobody recorded which image {image.text!r} was",
            )
        if image.repository is None:
            if image.digest is not None:
                return  # the same by name; whether it is still there, ECS will say
            raise _refused(
                job,
                RerunObstacle.IMAGE_UNKNOWN,
                f"the image {image.text!r} is in no private registry of ECR, so nobody"
                " can say what its tag stands for now",
            )
        self._compare(job, image, recorded)

    def _compare(self, job: Job, image: ImageName, recorded: str) -> None:
        found = self.images.digests(image)
        if not found:
            raise _refused(
                job,
                RerunObstacle.IMAGE_GONE,
                f"the image {image.text!r} is not in its registry any more",
            )
        if recorded not in found:
            raise _refused(
                job,
                RerunObstacle.IMAGE_MOVED,
                f"the image {image.text!r} was {recorded} and is another one now",
            )

    def _image_of(self, job: Job) -> ImageName:
        with speaking_to_aws("read the job definition", endpoint=self.endpoint):
            registered = self.catalogue.version(job.job_name, job.job_version)
        if registered is None:
            raise _refused(
                job,
                RerunObstacle.DEFINITION_GONE,
                f"{job.job_name} has no version {job.job_version} any more",
            )
        arn = registered.resolved.arn
        found = self.revisions.described(arn)
        # ECS runs no new tasks of a revision that was deregistered: Amazon ECS API
        # Reference, DeregisterTaskDefinition.
        if found is None or found.get("status", "ACTIVE") != "ACTIVE":
            raise _refused(
                job,
                RerunObstacle.TASK_DEFINITION_GONE,
                f"the task definition {arn} was deregistered",
            )
        container = registered.definition.container
        names = {
            each["name"]: each.get("image", "")
            for each in found["containerDefinitions"]
        }
        return ImageName.parse(names.get(container, ""))


def _refused(job: Job, obstacle: RerunObstacle, text: str) -> RerunRefusedError:
    advice = f"Run it as the latest version: headrace rerun {job.job_id} --latest"
    if obstacle.can_be_forced:
        advice += "; or take what there is now for exact, with --force."
    return RerunRefusedError(
        f"The job {job.job_id} cannot be run again exactly: {text}.",
        advice=advice,
        obstacle=obstacle,
    )
