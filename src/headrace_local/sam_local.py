"""Runs `sam local invoke` against a pipeline that is up on this machine.

    python -m headrace_local.sam_local ReconcileFunction -e events/reconcile/tick.json

The SAM CLI runs the built function in a container, and this gives it what it cannot
know: the variables that the pipeline's own function has, and a way from the container
to servers that listen on loopback only. Everything said on the command line goes to the
SAM CLI, and its exit code is this program's.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from headrace_local.access import AwsAccess
from headrace_local.container_network import address_for_containers
from headrace_local.deploy import PARAMETERS, STACK_NAME
from headrace_local.ecs.runners.choose import find_engine
from headrace_local.emulator import REGION
from headrace_local.problems import LaptopRunError, NoContainerEngineError
from headrace_local.relay import Relay
from headrace_local.template import FUNCTION, read_template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BUILD = Path(".aws-sam/build")
ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECS")
NOT_HANDED_ON = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", *ENDPOINTS)
EXIT_FAILED = 1

type Variables = Mapping[str, Mapping[str, str]]


def main(arguments: Sequence[str]) -> int:
    """Run it, and return the SAM CLI's exit code."""
    try:
        return invoke(arguments, endpoints_of(os.environ))
    except LaptopRunError as error:
        sys.stderr.write(f"Error: {error.what}\n{error.why}\nTry: {error.advice}\n")
        return EXIT_FAILED


def endpoints_of(environment: Mapping[str, str]) -> AwsAccess:
    """Return how to reach the pipeline that a shell's exports name.

    Raises:
        LaptopRunError: They name none.
    """
    if missing := [name for name in ENDPOINTS if not environment.get(name)]:
        raise LaptopRunError(
            "There is no pipeline to invoke the function against.",
            why=f"{missing[0]} is not set.",
            advice="make local, and in another shell: . .headrace/exports",
        )
    emulator, ecs = (environment[name] for name in ENDPOINTS)
    return AwsAccess(emulator_endpoint=emulator, ecs_endpoint=ecs)


def invoke(arguments: Sequence[str], access: AwsAccess) -> int:
    """Run `sam local invoke` with the pipeline's variables, and return its exit code.

    Raises:
        LaptopRunError: Nothing is built, or no container engine answers.
    """
    url = find_engine()
    if url is None:
        raise NoContainerEngineError(
            "The SAM CLI runs functions in containers, and no engine answers.",
            why="Neither DOCKER_HOST nor the usual sockets lead to one.",
            advice="Start Docker or `podman system service`, or set DOCKER_HOST.",
        )
    endpoints = (access.emulator_endpoint, access.ecs_endpoint)
    with Relay(address_for_containers(url), endpoints) as relay:
        reached = dict(zip(ENDPOINTS, map(relay.url_of, endpoints), strict=True))
        variables = {
            name: {**own, **reached} for name, own in _deployed(access).items()
        }
        template, values = _write(variables)
        command = [_sam(), "local", "invoke", *arguments]
        command += ["--template", str(template), "--env-vars", str(values)]
        command += ["--region", REGION]
        sys.stderr.write(f"$ {shlex.join(command)}\n")
        own = {k: v for k, v in os.environ.items() if k not in NOT_HANDED_ON}
        own |= {"DOCKER_HOST": url, "SAM_CLI_TELEMETRY": "0"}
        return subprocess.run(command, env=own, check=False).returncode  # noqa: S603 - what the person asked for


def _deployed(access: AwsAccess) -> Variables:
    """Return the variables of each of the stack's functions, by logical id."""
    resources = access.client("cloudformation").describe_stack_resources(
        StackName=STACK_NAME
    )["StackResources"]
    functions = access.client("lambda")
    return {
        each["LogicalResourceId"]: functions.get_function_configuration(
            FunctionName=each["PhysicalResourceId"]
        )["Environment"]["Variables"]
        for each in resources
        if each["ResourceType"] == "AWS::Lambda::Function"
    }


def _write(variables: Variables) -> tuple[Path, Path]:
    """Write the built template, declaring the variables, and a file of their values.

    The SAM CLI passes only what a template declares. It does not run from the folder
    of the template, whose relative paths are therefore kept beside the build.
    """
    try:
        template = read_template(BUILD / "template.yaml")
    except LaptopRunError as error:
        raise LaptopRunError(
            "There is nothing built to invoke.", why=error.what, advice="make build"
        ) from error
    template.get("Globals", {}).get("Function", {}).pop("Environment", None)
    for name, value in PARAMETERS.items():  # this machine's architecture among them
        template["Parameters"][name]["Default"] = value
    for name, resource in template["Resources"].items():
        if resource["Type"] == FUNCTION and name in variables:
            declared = dict.fromkeys(variables[name], "")
            resource["Properties"]["Environment"] = {"Variables": declared}
    paths = BUILD / "local-template.yaml", BUILD / "local-variables.json"
    paths[0].write_text(yaml.safe_dump(template, sort_keys=False))
    paths[1].write_text(json.dumps(variables, indent=2))
    return paths


def _sam() -> str:
    """Return the project's own SAM CLI, else the one on PATH."""
    own = Path(".venv-sam/bin/sam")
    return str(own) if own.exists() else shutil.which("sam") or "sam"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
