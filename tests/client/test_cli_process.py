"""The program `headrace` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headrace_local.ports import choose_port

HEADRACE = Path(sys.executable).with_name("headrace")
NAMES = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "HEADRACE_REQUEST_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/requests",
    "HEADRACE_JOB_TABLE_NAME": "jobs",
    "HEADRACE_DEPLOYMENT_ID": "deployment",
}


def headrace(*arguments, **variables):
    return subprocess.run(  # noqa: S603  # our own program
        [str(HEADRACE), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": os.devnull, **variables},
    )


def test_the_program_says_its_version():
    done = headrace("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("headrace, version ")


@pytest.mark.parametrize(
    "command", [[], ["submit"], ["list"], ["register"], ["doctor"]]
)
def test_help_imports_no_aws_sdk(command):
    arguments = [*command, "--help"]
    code = (
        "import sys; from headrace_client.cli.root import root;"
        f"root({arguments!r}, standalone_mode=False);"
        "sys.exit(any(name.startswith('boto3') for name in sys.modules))"
    )
    done = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Usage: " in done.stdout


def test_an_interrupt_while_it_imports_shows_no_traceback():
    code = """
import sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "headrace_client.cli.root":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from headrace_client.cli import main
main()
"""
    done = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_an_unconfigured_program_says_what_to_do():
    done = headrace("list")
    assert done.returncode == 3
    assert "HEADRACE_REQUEST_QUEUE_URL" in done.stderr
    assert "Try: " in done.stderr
    assert "Traceback" not in done.stderr


def test_an_endpoint_where_nobody_listens_is_named():
    port = choose_port(None, purpose="nothing", option="none")
    endpoint = f"http://127.0.0.1:{port}"
    done = headrace("list", "--endpoint-url", endpoint, **NAMES)
    assert done.returncode == 3
    assert f"nothing answers at {endpoint}" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_none_is_told():
    done = headrace("list", "--endpoint-url", "localhost", **NAMES)
    assert done.returncode == 3
    assert "Invalid endpoint: localhost" in done.stderr
    assert "http://127.0.0.1:4566" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_credentials_are_told():
    names = {name: value for name, value in NAMES.items() if "KEY" not in name}
    done = headrace(
        "list",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        **names,
    )
    assert done.returncode == 3
    assert "no AWS credentials were found" in done.stderr


def test_an_unknown_command_is_a_usage_error():
    done = headrace("explode")
    assert done.returncode == 2
    assert "No such command 'explode'" in done.stderr
