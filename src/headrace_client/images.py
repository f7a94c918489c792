"""What an image's name stands for now, as its registry says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

from botocore.exceptions import ClientError

from headrace_client.aws_problems import speaking_to_aws

if TYPE_CHECKING:
    from collections.abc import Callable

# Docker's grammar of a reference: name, then `:tag`, then `@digest`; a port is no tag.
_REFERENCE = re.compile(
    r"(?P<name>[^@]+?)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
# Amazon ECR User Guide, "Private registry": <account>.dkr.ecr.<region>.amazonaws.com,
# with endpoints of their own for FIPS, dual stack and other partitions.
_IN_ECR = re.compile(
    r"(?P<account>[0-9]{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+"
    r"/(?P<repository>[a-z0-9._/-]+)"
)
_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
_GONE = frozenset({"RepositoryNotFoundException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageName:
    """An image's name in a task definition, taken apart.

    Attributes:
        text: As it was written.
        tag: `latest` where it names neither tag nor digest, as Docker has it.
        digest: Where it names one.
        account_id: Of its registry, if that is a private one of ECR; else None.
        region: Likewise.
        repository: Likewise.
    """

    text: str
    tag: str | None
    digest: str | None
    account_id: str | None = None
    region: str | None = None
    repository: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read any name; what is none is an image of an unknown registry."""
        match = _REFERENCE.fullmatch(text)
        name, tag, digest = (
            match.group("name", "tag", "digest") if match else (text, None, None)
        )
        ecr = _IN_ECR.fullmatch(name)
        return cls(
            text=text,
            tag=tag or (None if digest else "latest"),
            digest=digest,
            account_id=ecr and ecr["account"],
            region=ecr and ecr["region"],
            repository=ecr and ecr["repository"],
        )


class Images(Protocol):
    """Registries that can say what a name stands for."""

    def digests(self, image: ImageName) -> frozenset[str]:
        """Return the digests of an image in ECR now; none where it is gone.

        An image for several architectures has several: that of its index, and that of
        each architecture's manifest. ECS's agents record either of the two.

        Raises:
            headrace_client.errors.ClientError: Nobody knows.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EcrImages:
    """Images in private registries of Amazon ECR.

    Attributes:
        client_in: Returns a low-level client of ECR in a region.
        endpoint: Where it connects, for error messages; None is AWS.
    """

    client_in: Callable[[str | None], Any]
    endpoint: str | None = None

    def digests(self, image: ImageName) -> frozenset[str]:
        """See `Images`; a name with a digest is looked up by that digest.

        Source: Amazon ECR API Reference, BatchGetImage.
        """
        named = (
            {"imageDigest": image.digest} if image.digest else {"imageTag": image.tag}
        )
        doing = f"look up the image {image.text!r}"
        with speaking_to_aws(doing, endpoint=self.endpoint):
            try:
                answer = self.client_in(image.region).batch_get_image(
                    registryId=image.account_id,
                    repositoryName=image.repository,
                    imageIds=[named],
                    acceptedMediaTypes=list(_MANIFESTS),
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:
                    raise
                return frozenset()
        return frozenset(
            digest
            for found in answer.get("images", ())
            for digest in (
                found["imageId"]["imageDigest"],
                *_manifests_in(found.get("imageManifest", "")),
            )
        )


def _manifests_in(manifest: str) -> list[str]:
    """Return the digests that an index lists; none for what is no index."""
    try:
        document = json.loads(manifest or "{}")
        return [str(each["digest"]) for each in document.get("manifests", ())]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []
