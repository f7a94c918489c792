"""Processor time of a function's start, beside that of bare boto3 clients.

The functions run from the built artifact, zipped and unpacked as Lambda does: a fresh
interpreter imports the handler's module and makes the clients that every invocation
uses. The peers are the least that any function in Python pays for the same calls: boto3
as published, with valid bytecode, and one client or two. Functions and peers take
turns; the ratio of each pair counts, and the median of the pairs decides. A second
table, which decides nothing, has the same peers on the artifact's own boto3, whose data
the build has thinned.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from py_compile import PycInvalidationMode

from headrace_local.artifact import Artifact

PROJECT = Path(__file__).parents[1]
PAIRS = 9
PEER_PACKAGES = (
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "six",
    "urllib3",
)
PEERS = {
    "one client": "import boto3; boto3.client('dynamodb')",
    "two clients": "import boto3; boto3.client('dynamodb'); boto3.client('ecs')",
}
CONTENDERS = {
    "DispatchFunction": ("two clients", 1.35),
    "RecordFunction": ("one client", 1.30),
    "ReconcileFunction": ("two clients", 1.35),
}
PUBLISHED, OWN = "published ", "the artifact's "
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",  # by which a function knows Lambda
    "HEADRACE_ASSIGN_PUBLIC_IP": "ENABLED",
    "HEADRACE_CLUSTER_ARN": "arn:aws:ecs:us-east-1:123456789012:cluster/headrace",
    "HEADRACE_DEPLOYMENT_ID": "bench",
    "HEADRACE_JOB_TABLE_NAME": "headrace-jobs",
    "HEADRACE_LAUNCHES_PER_SECOND": "18",
    "HEADRACE_LAUNCH_BURST": "18",
    "HEADRACE_PARAMETER_BUCKET_NAME": "headrace-parameters",
    "HEADRACE_PINNED_TENANT": "",
    "HEADRACE_PROFILE": "standard",
    "HEADRACE_RECONCILE_FUNCTION_NAME": "headrace-reconcile",
    "HEADRACE_RETENTION_DAYS": "35",
    "HEADRACE_SECURITY_GROUP_IDS": "sg-1",
    "HEADRACE_STACK_NAME": "headrace",
    "HEADRACE_SUBNET_IDS": "subnet-1",
    "HEADRACE_UNTRUSTED_CLUSTER_ARN": "",
    "HEADRACE_UNTRUSTED_SECURITY_GROUP_IDS": "",
    "HEADRACE_UNTRUSTED_SUBNET_IDS": "",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def processor_seconds(program: str, places: list[Path]) -> float:
    """Run a program in a fresh interpreter; return its user and system time.

    Raises:
        SystemExit: It failed.
    """
    interpreter = str(Path(sys.executable).resolve())
    path = {"PYTHONPATH": os.pathsep.join(map(str, places))}
    pid = os.posix_spawn(interpreter, [interpreter, "-c", program], ENVIRONMENT | path)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"this failed: {program}")
    return usage.ru_utime + usage.ru_stime


def as_published(folder: Path) -> Path:
    """Copy boto3 and what it needs from this environment, and compile it."""
    for package in PEER_PACKAGES:
        for file in distribution(package).files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                copy = folder / file
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(str(file.locate())), copy)
    mode = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=2, invalidation_mode=mode)
    return folder


def measure(pairs: int) -> dict[str, dict[str, list[float]]]:
    """Return each contender's ratios to its peer, by whose boto3 the peer uses."""
    artifact = Artifact(PROJECT / ".aws-sam" / "build")
    with tempfile.TemporaryDirectory(prefix="headrace-init-") as name:
        folder = Path(name)
        opt = folder / "opt"
        programs = {}
        for function in CONTENDERS:
            artifact.unpack(function, task=folder / function, opt=opt)
            programs[function] = ("import app", [folder / function, opt / "python"])
        sites = {PUBLISHED: as_published(folder / "site"), OWN: opt / "python"}
        for whose, site in sites.items():
            for peer, code in PEERS.items():
                programs[whose + peer] = (code, [site])
        took = [
            {each: processor_seconds(*what) for each, what in programs.items()}
            for _ in range(pairs + 1)
        ]
    return {
        whose: {
            function: [turn[function] / turn[whose + peer] for turn in took[1:]]
            for function, (peer, _limit) in CONTENDERS.items()
        }
        for whose in sites
    }  # without the first turn, which brings the files into memory


def main() -> int:
    """Print the ratios; return 1 if a median is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    missed = False
    for whose, ratios in measure(parser.parse_args().pairs).items():
        print(f"{'':<18} over {whose + 'boto3 with':<27} {'min':>5} median   max")
        for function, each in ratios.items():
            peer, limit = CONTENDERS[function]
            median = statistics.median(each)
            told = f"{function:<18} {peer:<32} {min(each):5.2f} {median:6.2f}"
            told += f" {max(each):5.2f}"
            if whose == PUBLISHED:
                missed |= median > limit
                verdict = "MISSED" if median > limit else "ok"
                told += f"   at most {limit:.2f}: {verdict}"
            print(told)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
