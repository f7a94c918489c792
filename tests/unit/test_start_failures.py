"""Start failures are told apart by ECS's own texts, which stand here literally."""

# ruff: noqa: E501  # AWS's texts stand here as AWS writes them

from __future__ import annotations

import pytest

from headrace.jobs.job import ReasonCode
from headrace.tasks.start_failures import Cure, start_failure

PASSING = {
    "Timeout waiting for network interface provisioning to complete.": (
        ReasonCode.INFRASTRUCTURE
    ),
    "Timeout waiting for EphemeralStorage provisioning to complete.": (
        ReasonCode.INFRASTRUCTURE
    ),
    "ResourceInitializationError: failed to configure ENI: failed to setup regular"
    " eni: netplugin failed with no error message": ReasonCode.INFRASTRUCTURE,
    "Unexpected EC2 error while attempting to attach network interface to instance": (
        ReasonCode.INFRASTRUCTURE
    ),
    "Unexpected EC2 error while attempting to Create Network Interface with public IP"
    " assignment enabled in subnet 'subnet-0a': InsufficientFreeAddressesInSubnet": (
        ReasonCode.CAPACITY
    ),
    "TaskFailedToStart: RESOURCE:MEMORY": ReasonCode.CAPACITY,
    "RESOURCE:ENI": ReasonCode.CAPACITY,
    "TaskFailedToStart: EMPTY CAPACITY PROVIDER": ReasonCode.CAPACITY,
    "TaskFailedToStart: NO ACTIVE INSTANCES": ReasonCode.CAPACITY,
    "Capacity is unavailable at this time. Please try again later or in a different"
    " availability zone": ReasonCode.CAPACITY,
    "You've reached the limit on the number of tasks you can run concurrently": (
        ReasonCode.CAPACITY
    ),
    "TaskFailedToStart: AGENT": ReasonCode.INFRASTRUCTURE,
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed"
    " to resolve ref docker.io/acme/worker:1.2: failed to do request: Head"
    ' "https://registry-1.docker.io/v2/acme/worker/manifests/1.2": dial tcp'
    " 34.205.13.154:443: i/o timeout": ReasonCode.IMAGE_PULL,
    "CannotPullContainerError: Error response from daemon: Get"
    ' "https://auth.docker.io/token?service=registry.docker.io": EOF': (
        ReasonCode.IMAGE_PULL
    ),
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed"
    " to resolve ref 123456789012.dkr.ecr.eu-west-1.amazonaws.com/worker:1: unexpected"
    " status from HEAD request: 503 Service Unavailable": ReasonCode.IMAGE_PULL,
    "CannotPullContainerError: inspect image has been retried 5 time(s):"
    " httpReadSeeker: failed open: unexpected status code: 500": ReasonCode.IMAGE_PULL,
    "CannotPullContainerError: toomanyrequests: You have reached your unauthenticated"
    " pull rate limit": ReasonCode.IMAGE_PULL,
    "CannotPullContainerError: context canceled": ReasonCode.IMAGE_PULL,
    "CannotPullContainerError: something that nobody has seen": ReasonCode.IMAGE_PULL,
    "ResourceInitializationError: unable to pull secrets or registry auth: execution"
    " resource retrieval failed: unable to retrieve ecr registry auth: service call has"
    " been retried 3 time(s): RequestError: send request failed caused by: Post"
    ' "https://api.ecr.eu-west-1.amazonaws.com/": dial tcp 10.0.0.1:443: i/o timeout': (
        ReasonCode.INFRASTRUCTURE
    ),
    "ResourceInitializationError: unable to pull secrets or registry auth: unable to"
    " retrieve secret from asm: There is a connection issue between the task and AWS"
    " Secrets Manager. Check your task network configuration.": (
        ReasonCode.INFRASTRUCTURE
    ),
    "ResourceInitializationError: unable to pull secrets or registry auth: pull command"
    " failed: : signal: killed": ReasonCode.INFRASTRUCTURE,
    "ResourceInitializationError: unable to pull secrets or registry auth: execution"
    " resource retrieval failed: ThrottlingException: Rate exceeded": (
        ReasonCode.THROTTLED
    ),
    "ContainerRuntimeTimeoutError: Could not transition to running; timed out after"
    " waiting 1m": ReasonCode.INFRASTRUCTURE,
    "Something that AWS has never said before": ReasonCode.INFRASTRUCTURE,
    "": ReasonCode.INFRASTRUCTURE,
}

NO_IMAGE = [
    (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed"
        " to resolve ref docker.io/acme/wroker:1: pull access denied, repository does not"
        " exist or may require authorization: server message: insufficient_scope:"
        " authorization failed"
    ),
    (
        "CannotPullContainerError: Error response from daemon: manifest for acme/worker:9"
        " not found: manifest unknown: manifest unknown"
    ),
    (
        "CannotPullContainerError: inspect image has been retried 1 time(s): failed to"
        " resolve ref registry.example.com/worker:503: not found"
    ),
    (
        "CannotPullContainerError: image Manifest does not contain descriptor matching"
        " platform 'linux/amd64'"
    ),
    (
        "CannotPullContainerError: Error response from daemon: pull access denied for"
        " 123456789012.dkr.ecr.us-east-1.amazonaws.com/my-service"
    ),
    (
        "CannotPullContainerError: failed to resolve ref ghcr.io/acme/eof-timeout:2:"
        " unexpected status from HEAD request: 401 Unauthorized"
    ),
]

REJECTED = [
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution"
        " resource retrieval failed: unable to retrieve secret from asm: api error"
        " AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/exec/task is"
        " not authorized to perform: secretsmanager:GetSecretValue on resource: x"
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: failed to"
        " fetch secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:db:"
        " ResourceNotFoundException: Secrets Manager can't find the specified secret value"
    ),
    (
        "ResourceInitializationError: unable to pull secrets or registry auth: invalid ssm"
        " parameters: /jobs/token"
    ),
    (
        "ResourceInitializationError: failed to validate logger args: create stream has"
        " been retried 1 times: failed to create Cloudwatch log stream:"
        " ResourceNotFoundException: The specified log group does not exist."
    ),
    (
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/exec' that was"
        " provided for this task."
    ),
    (
        'CannotStartContainerError: ResourceInitializationError: exec: "uvicorn":'
        " executable file not found in $PATH"
    ),
    "CannotStartContainerError: Error response from daemon: OCI runtime create failed",
    "exec /app/run: exec format error",
    "TaskFailedToStart: ATTRIBUTE",
    "TaskFailedToStart: MemberOf placement constraint unsatisfied",
]


@pytest.mark.parametrize(("text", "reason_code"), PASSING.items())
def test_a_passing_fault_is_cured_by_a_new_launch(text, reason_code):
    failure = start_failure(text)
    assert (failure.reason_code, failure.cure) == (reason_code, Cure.NEW_LAUNCH)


@pytest.mark.parametrize("text", NO_IMAGE)
def test_a_missing_image_gets_one_more_launch(text):
    failure = start_failure(text)
    assert failure.reason_code is ReasonCode.IMAGE_PULL
    assert failure.cure is Cure.ONE_MORE_LAUNCH


@pytest.mark.parametrize("text", REJECTED)
def test_wrong_secrets_roles_and_commands_are_not_tried_again(text):
    failure = start_failure(text)
    assert failure.reason_code is ReasonCode.LAUNCH_REJECTED
    assert failure.cure is Cure.NONE
    assert failure.advice


def test_an_image_name_is_not_read_as_a_fault():
    text = (
        "CannotPullContainerError: failed to resolve ref"
        " acme/connection-reset-denied-unauthorised:throttl: i/o timeout"
    )
    assert start_failure(text).cure is Cure.NEW_LAUNCH
