"""What a registry says of an image's name: its digests, or that it is gone."""

from __future__ import annotations

import json
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from builders import REGION
from headrace_client.errors import UnreachableError
from headrace_client.images import EcrImages, ImageName
from headrace_local.ports import choose_port

ACCOUNT_ID = "123456789012"
OF_ARM = f"sha256:{'a' * 64}"
OF_X86 = f"sha256:{'b' * 64}"


def an_ecr_client(endpoint_url=None):
    return boto3.session.Session().client(
        "ecr",
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id=ACCOUNT_ID,
        aws_secret_access_key="test",
        config=Config(
            connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 1}
        ),
    )


@pytest.fixture(params=["moto", "ministack"])
def ecr(request):
    if request.param == "ministack":
        yield an_ecr_client(request.getfixturevalue("ministack_url"))
    else:
        with mock_aws():
            yield an_ecr_client()


@pytest.fixture
def repository(ecr):
    name = f"team/report-{uuid4().hex}"
    ecr.create_repository(repositoryName=name)
    return name


@pytest.fixture
def images(ecr):
    return EcrImages(client_in=lambda _: ecr)


def name_of(repository, end):
    return ImageName.parse(
        f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/{repository}{end}"
    )


def pushed(ecr, repository, tag, layer):
    """Push an image of one layer under a tag; return its digest."""
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": {"mediaType": "c", "size": 1, "digest": f"sha256:{layer * 64}"},
        "layers": [{"mediaType": "l", "size": 1, "digest": f"sha256:{layer * 64}"}],
    }
    answer = ecr.put_image(
        repositoryName=repository,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=kind,
        imageTag=tag,
    )
    return answer["image"]["imageId"]["imageDigest"]


def test_a_tag_stands_for_the_image_that_was_pushed_last_under_it(
    ecr, repository, images
):
    first = pushed(ecr, repository, "1", "c")
    assert images.digests(name_of(repository, ":1")) == {first}
    second = pushed(ecr, repository, "1", "d")
    assert images.digests(name_of(repository, ":1")) == {second}
    assert images.digests(name_of(repository, f"@{second}")) == {second}


@pytest.mark.parametrize("end", [":other", f"@sha256:{'e' * 64}", ""])
def test_an_image_that_is_not_there_has_no_digest(ecr, repository, images, end):
    pushed(ecr, repository, "1", "c")
    assert images.digests(name_of(repository, end)) == frozenset()


def test_a_repository_that_is_not_there_has_no_image(images):
    assert images.digests(name_of("team/absent", ":1")) == frozenset()


def test_an_index_stands_for_the_images_that_it_lists_too(ecr, repository, images):
    kind = "application/vnd.docker.distribution.manifest.list.v2+json"
    manifests = [
        {"digest": digest, "size": 1, "mediaType": "m", "platform": {}}
        for digest in (OF_ARM, OF_X86)
    ]
    answer = ecr.put_image(
        repositoryName=repository,
        imageManifest=json.dumps(
            {"schemaVersion": 2, "mediaType": kind, "manifests": manifests}
        ),
        imageManifestMediaType=kind,
        imageTag="1",
    )
    own = answer["image"]["imageId"]["imageDigest"]
    assert images.digests(name_of(repository, ":1")) == {own, OF_ARM, OF_X86}


def test_a_registry_that_does_not_answer_is_told():
    port = choose_port(None, purpose="nothing", option="none")
    ecr = an_ecr_client(f"http://127.0.0.1:{port}")
    images = EcrImages(client_in=lambda _: ecr, endpoint=f"http://127.0.0.1:{port}")
    with pytest.raises(UnreachableError, match="nothing answers at"):
        images.digests(name_of("team/report", ":1"))
