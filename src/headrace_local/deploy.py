"""Deploys the project's own template to the emulated AWS, as `sam deploy` does."""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from botocore.exceptions import ClientError

from headrace_local.event_sources import EventSources
from headrace_local.problems import BrokenTemplateError
from headrace_local.template import (
    check_references,
    package,
    parameters_of,
    read_template,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_s3 import S3Client

    from headrace_local.access import AwsAccess
    from headrace_local.build import Archive, Builder
    from headrace_local.template import Template

STACK_NAME = "headrace"
BUCKET = "headrace-local-artifacts"
CAPABILITIES = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"
DEPLOY_SECONDS_MAX = 120.0
POLL_SECONDS = 0.1
FAILURES_SHOWN = 5
MANY_CORES = 4
# The laptop's values of the template's parameters: windows of minutes pass in seconds,
# and no AWS quota limits launches.
PARAMETERS = {
    "Profile": "laptop",
    "LaunchesPerSecond": "0",
    # More batches at once would share the same cores, and each costs the start of a
    # worker, which takes longer than the work of a hundred jobs.
    "Concurrency": "least" if (os.cpu_count() or 1) < MANY_CORES else "small",
    # Both classes of jobs, each on its own cluster.
    "UntrustedClass": "ENABLED",
    "Architecture": {"aarch64": "arm64"}.get(platform.machine(), platform.machine()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What the stack gave back."""

    outputs: Mapping[str, str]
    functions: Mapping[str, str]  # physical names by logical id
    log_groups: Mapping[str, str]  # ditto
    changed: bool

    @property
    def function_logs(self) -> Mapping[str, str]:
        """The functions' log groups, by what their stage is called."""
        stages = {name.removesuffix("Function") for name in self.functions}
        return {
            stage.lower(): group
            for name, group in self.log_groups.items()
            if (stage := name.removesuffix("LogGroup")) in stages
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployer:
    """Makes and updates the stack."""

    project: Path
    builder: Builder
    cloudformation: CloudFormationClient
    s3: S3Client
    sources: EventSources

    @classmethod
    def at(cls, access: AwsAccess, *, project: Path, builder: Builder) -> Self:
        """Deploy to a pipeline's AWS."""
        return cls(
            project=project,
            builder=builder,
            cloudformation=access.client("cloudformation"),
            s3=access.client("s3"),
            sources=EventSources(
                lambda_=access.client("lambda"), sqs=access.client("sqs")
            ),
        )

    def build(self) -> None:
        """Build all code, which `deploy` then finds built. No AWS calls.

        Raises:
            BrokenTemplateError: the template cannot be read.
            BuildFailedError: a layer or a function cannot be built.
        """
        package(
            read_template(self.project / "template.yaml"),
            project=self.project,
            builder=self.builder,
            store=lambda archive: archive.key,
        )

    def deploy(self) -> Deployment:
        """Build, package and deploy `template.yaml`; nothing happens if it is so.

        Raises:
            BrokenTemplateError: the template or a resource in it was refused.
            BuildFailedError: a layer or a function cannot be built.
        """
        template = read_template(self.project / "template.yaml")
        check_references(template)
        self._make_bucket()
        packaged = package(
            template, project=self.project, builder=self.builder, store=self._store
        )
        self.sources.pause()
        try:
            changed = self._create_or_update(packaged)
            stack = self._wait_until_done()
        finally:
            self.sources.resume()
        resources = self.cloudformation.describe_stack_resources(StackName=STACK_NAME)
        names: dict[str, dict[str, str]] = {}
        for resource in resources["StackResources"]:
            of_type = names.setdefault(resource["ResourceType"], {})
            of_type[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
        return Deployment(
            outputs={
                output["OutputKey"]: output["OutputValue"]
                for output in stack.get("Outputs", [])
            },
            functions=names.get("AWS::Lambda::Function", {}),
            log_groups=names.get("AWS::Logs::LogGroup", {}),
            changed=changed,
        )

    def _make_bucket(self) -> None:
        try:
            self.s3.create_bucket(Bucket=BUCKET)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {
                "BucketAlreadyOwnedByYou",
                "BucketAlreadyExists",
            }:
                raise

    def _store(self, archive: Archive) -> str:
        with archive.path.open("rb") as content:
            self.s3.put_object(Bucket=BUCKET, Key=archive.key, Body=content)
        return f"s3://{BUCKET}/{archive.key}"

    def _create_or_update(self, template: Template) -> bool:
        # By address: the body may be larger than a request takes (51,200 bytes).
        key = "template.json"
        body = json.dumps(template, default=str).encode()
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        endpoint = self.s3.meta.endpoint_url
        request = {
            "StackName": STACK_NAME,
            "TemplateURL": f"{endpoint}/{BUCKET}/{key}",
            "Parameters": parameters_of(template, PARAMETERS),
            "Capabilities": CAPABILITIES,
        }
        try:
            if self._exists():
                self.cloudformation.update_stack(**request)  # type: ignore[arg-type] # one request for both calls
            else:
                self.cloudformation.create_stack(**request, OnFailure="DO_NOTHING")  # type: ignore[arg-type] # ditto
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if "No updates are to be performed" in message:
                return False
            raise BrokenTemplateError(
                "The template was refused.",
                why=message,
                advice="Correct template.yaml; `sam validate --lint` finds more.",
            ) from error
        return True

    def _exists(self) -> bool:
        try:
            self.cloudformation.describe_stacks(StackName=STACK_NAME)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            return False
        return True

    def _wait_until_done(self) -> StackTypeDef:
        deadline = time.monotonic() + DEPLOY_SECONDS_MAX
        while True:
            answer = self.cloudformation.describe_stacks(StackName=STACK_NAME)
            stack = answer["Stacks"][0]
            status = stack["StackStatus"]
            if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
                return stack
            if not status.endswith("_IN_PROGRESS") or time.monotonic() > deadline:
                raise BrokenTemplateError(
                    f"The stack could not be made: it is {status}.",
                    why=self._failures() or stack.get("StackStatusReason", ""),
                    advice="Correct these resources in template.yaml.",
                )
            time.sleep(POLL_SECONDS)

    def _failures(self) -> str:
        """Return which resources failed last and why, oldest first."""
        answer = self.cloudformation.describe_stack_events(StackName=STACK_NAME)
        failures = [
            f"{event.get('LogicalResourceId')} ({event.get('ResourceType')}): "
            f"{event.get('ResourceStatusReason', 'no reason given')}"
            for event in answer["StackEvents"]
            if event.get("ResourceStatus", "").endswith("_FAILED")
            and event.get("LogicalResourceId") != STACK_NAME
        ]
        return "\n".join(reversed(failures[:FAILURES_SHOWN]))
