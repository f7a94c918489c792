"""Running ended jobs again: what is sent, and when nothing is."""

from __future__ import annotations

import json

import pytest

from builders import DEPLOYMENT_ID, NOW, TASK_ARN, a_job, a_launch, a_launch_entry
from client_world import ClientWorld
from definition_builders import a_definition_document, a_registered, a_resolved
from headrace.definitions.registration import parse_definition
from headrace.identity import job_id
from headrace.jobs.job import JobStatus
from headrace.requests.rejection import Reason
from headrace_client.errors import (
    NotFoundError,
    RefusedError,
    RerunObstacle,
    RerunRefusedError,
)
from headrace_client.exactness import Exactness
from headrace_client.images import ImageName
from headrace_local.memory import MemoryDefinitions
from rejecting import parsed

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
IN_ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/report"
PUBLIC = "public.ecr.aws/docker/library/python:3.13"


class KnownImages:
    """Images by their whole name: the digests that each stands for."""

    def __init__(self):
        self.known = {}

    def digests(self, image):
        return frozenset(self.known.get(image.text, ()))


class KnownRevisions:
    """Task definitions, of one container each."""

    def __init__(self, image):
        self.image = image
        self.status = "ACTIVE"

    def described(self, arn):
        if self.status is None:
            return None
        containers = [
            {"name": "sidecar", "image": "sidecar:1"},
            {"name": "main", "image": self.image},
        ]
        return {
            "taskDefinitionArn": arn,
            "status": self.status,
            "containerDefinitions": containers,
        }


class World(ClientWorld):
    """A client with registered definitions, their task definitions and images."""

    def __init__(self, image=f"{IN_ECR}:1", **changes):
        self.definitions = MemoryDefinitions()
        self.definitions.register(a_registered())
        self.images = KnownImages()
        self.revisions = KnownRevisions(image)
        exactness = Exactness(
            catalogue=self.definitions, revisions=self.revisions, images=self.images
        )
        super().__init__(definitions=self.definitions, exactness=exactness, **changes)

    def ended(self, digest=DIGEST, **changes):
        """Store a job that has ended, of an image with a digest."""
        launch = a_launch(task_arn=TASK_ARN, started_at=NOW, image_digest=digest)
        job = a_job(**({"status": JobStatus.SUCCEEDED, "launch": launch} | changes))
        self.jobs.accept(job)
        return job

    def new_version(self, **changes):
        """Register version 2."""
        registered = a_registered(resolved=a_resolved())
        definition = parse_definition(a_definition_document(**changes))
        self.definitions.register(
            type(registered)(
                definition=definition,
                version=2,
                resolved=registered.resolved,
                registered_at=registered.registered_at,
            )
        )


@pytest.fixture
def world():
    world = World()
    world.images.known[f"{IN_ECR}:1"] = {DIGEST}
    return world


def obstacle_of(world, job, **options):
    with pytest.raises(RerunRefusedError) as caught:
        world.client.rerun(job.job_id, **options)
    assert world.requests.sent == []
    return caught.value


def test_a_rerun_is_a_request_about_the_job_under_a_key_of_its_own(world):
    job = world.ended()

    submission = world.client.rerun(job.job_id)

    [(body, tenant)] = world.requests.sent
    assert tenant == "default"
    assert json.loads(body) == {
        "schemaVersion": "1",
        "type": "rerun",
        "jobId": job.job_id,
        "idempotencyKey": "made-up-1",
        "tenant": "default",
        "version": "exact",
    }
    assert submission.fingerprint == parsed(body).fingerprint


def test_the_new_jobs_id_is_known_before_anybody_has_read_the_request(world):
    job = world.ended()
    submission = world.client.rerun(job.job_id, idempotency_key="again")
    assert submission.job_id == job_id(
        deployment_id=DEPLOYMENT_ID,
        tenant="default",
        job_name=job.job_name,
        idempotency_key="again",
    )


def test_a_job_that_has_not_ended_is_not_run_again(world):
    job = a_job(status=JobStatus.RUNNING)
    world.jobs.accept(job)
    refused = obstacle_of(world, job)
    assert refused.obstacle is RerunObstacle.NOT_ENDED
    assert "RUNNING" in refused.problem
    assert f"headrace cancel {job.job_id}" in refused.advice


def test_another_tenants_job_is_not_found(world):
    job = world.ended(tenant="acme")
    with pytest.raises(NotFoundError):
        world.client.rerun(job.job_id)


@pytest.mark.parametrize(
    ("image", "recorded", "now", "obstacle"),
    [
        (f"{IN_ECR}:1", DIGEST, {DIGEST}, None),
        (f"{IN_ECR}:1", DIGEST, {OTHER, DIGEST}, None),  # an index and its manifests
        (f"{IN_ECR}:1", DIGEST, {OTHER}, RerunObstacle.IMAGE_MOVED),
        (f"{IN_ECR}:1", DIGEST, set(), RerunObstacle.IMAGE_GONE),
        (f"{IN_ECR}:1", None, {DIGEST}, RerunObstacle.IMAGE_UNKNOWN),
        (f"{IN_ECR}@{DIGEST}", DIGEST, {DIGEST}, None),
        (f"{IN_ECR}@{DIGEST}", None, {DIGEST}, None),
        (f"{IN_ECR}@{DIGEST}", DIGEST, set(), RerunObstacle.IMAGE_GONE),
        (PUBLIC, DIGEST, set(), RerunObstacle.IMAGE_UNKNOWN),
        (PUBLIC, None, set(), RerunObstacle.IMAGE_UNKNOWN),
        (f"{PUBLIC}@{DIGEST}", None, set(), None),
    ],
)
def test_exact_is_refused_where_the_image_is_or_may_be_another_one(
    image, recorded, now, obstacle
):
    world = World(image)
    world.images.known[image] = now
    job = world.ended(recorded)
    if obstacle is None:
        world.client.rerun(job.job_id)
        return
    refused = obstacle_of(world, job)
    assert refused.obstacle is obstacle
    assert image in refused.problem
    assert f"headrace rerun {job.job_id} --latest" in refused.advice
    assert ("--force" in refused.advice) == obstacle.can_be_forced


def test_latest_asks_nobody_about_images(world):
    world.images.known.clear()
    job = world.ended()
    world.client.rerun(job.job_id, version="latest")
    assert json.loads(world.requests.sent[0][0])["version"] == "latest"


def test_a_job_of_which_nothing_ever_ran_is_run_exactly(world):
    job = world.ended(
        None, status=JobStatus.CANCELLED, launch=None, launch_number=0, attempt=0
    )
    world.client.rerun(job.job_id)


def test_a_job_whose_first_launches_ran_something_is_not_one_of_which_nothing_ran(
    world,
):
    job = world.ended(
        None,
        status=JobStatus.CANCELLED,
        launch=None,
        launch_number=0,
        attempt=0,
        history=(a_launch_entry(),),
    )
    assert obstacle_of(world, job).obstacle is RerunObstacle.IMAGE_UNKNOWN


@pytest.mark.parametrize("status", ["INACTIVE", "DELETE_IN_PROGRESS", None])
def test_exact_is_refused_where_ecs_runs_the_revision_no_more(world, status):
    world.revisions.status = status
    job = world.ended()
    refused = obstacle_of(world, job, accepts=lambda _: True)
    assert refused.obstacle is RerunObstacle.TASK_DEFINITION_GONE


def test_exact_is_refused_where_the_version_is_gone(world):
    job = world.ended(job_version=7)
    refused = obstacle_of(world, job, accepts=lambda _: True)
    assert refused.obstacle is RerunObstacle.DEFINITION_GONE


def test_who_accepts_another_image_is_told_what_is_in_doubt(world):
    world.images.known[f"{IN_ECR}:1"] = {OTHER}
    doubts = []
    job = world.ended()
    world.client.rerun(job.job_id, accepts=lambda doubt: not doubts.append(doubt))
    assert [each.obstacle for each in doubts] == [RerunObstacle.IMAGE_MOVED]
    assert len(world.requests.sent) == 1


def test_an_image_that_is_gone_cannot_be_accepted(world):
    world.images.known.clear()
    refused = obstacle_of(world, world.ended(), accepts=lambda _: True)
    assert refused.obstacle is RerunObstacle.IMAGE_GONE


def test_latest_is_refused_before_it_is_sent_where_its_parameters_do_not_fit(world):
    world.new_version(
        command=["report"], parameters={"type": "object", "required": ["region"]}
    )
    job = world.ended()
    with pytest.raises(RefusedError) as caught:
        world.client.rerun(job.job_id, version="latest")
    rejection = caught.value.rejection
    assert (rejection.reason, rejection.field) == (
        Reason.INVALID_PARAMETERS,
        "parameters.region",
    )
    assert world.requests.sent == []
    world.client.rerun(job.job_id, version="latest", check=False)
    world.client.rerun(job.job_id)
    assert len(world.requests.sent) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python", ("latest", None, None)),
        ("python:3.13", ("3.13", None, None)),
        ("localhost:5000/python", ("latest", None, None)),
        ("localhost:5000/python:3", ("3", None, None)),
        (f"python@{DIGEST}", (None, DIGEST, None)),
        (f"python:3@{DIGEST}", ("3", DIGEST, None)),
        (IN_ECR, ("latest", None, "team/report")),
        (f"{IN_ECR}:1", ("1", None, "team/report")),
        (f"{IN_ECR}:1@{DIGEST}", ("1", DIGEST, "team/report")),
        (PUBLIC, ("3.13", None, None)),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a:b", ("b", None, "a")),
        ("123456789012.dkr-ecr.eu-west-1.on.aws/a:b", ("b", None, "a")),
        ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/a", ("latest", None, "a")),
        ("", ("latest", None, None)),
        ("python@sha256:short", ("latest", None, None)),
    ],
)
def test_an_images_name_is_taken_apart(text, expected):
    image = ImageName.parse(text)
    assert (image.tag, image.digest, image.repository) == expected
    if image.repository:
        assert image.account_id == "123456789012"
        assert image.region in text
