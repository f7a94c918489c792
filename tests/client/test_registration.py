from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders import NOW
from client_world import KnownTaskDefinitions, a_deployment
from definition_builders import a_resolved
from headrace.definitions.resolved import ResolvedContainer
from headrace_client.errors import RegistrationRefusedError
from headrace_client.registration import Registrar
from headrace_local.memory.catalogue import MemoryDefinitions

if TYPE_CHECKING:
    from pathlib import Path

REPORT = """\
name: report
taskDefinition: headrace-job-report
container: main
owner: team-reports
timeoutSeconds: 60
"""
A_MINUTE = timedelta(minutes=1)
ROLE = "arn:aws:iam::123456789012:role"


@pytest.fixture
def catalogue():
    return MemoryDefinitions()


@pytest.fixture
def task_definitions():
    return KnownTaskDefinitions(headrace_job_report=a_resolved())


@pytest.fixture
def registrar(catalogue, task_definitions):
    return Registrar(
        catalogue=catalogue,
        task_definitions=task_definitions,
        deployment=a_deployment(),
        now=lambda: NOW,
    )


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "report.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refusal(registrar, *paths) -> str:
    with pytest.raises(RegistrationRefusedError) as caught:
        registrar.register(paths)
    assert caught.value.advice
    return "\n".join(caught.value.problems)


def test_a_file_becomes_version_1_with_its_task_definitions_revision(
    registrar, catalogue, write
):
    [done] = registrar.register([write(REPORT)])
    assert (done.is_new, done.registered.version) == (True, 1)
    active = catalogue.active(["report"])["report"]
    assert active.resolved.arn.endswith(":task-definition/headrace-job-report:7")
    assert active.registered_at == NOW


def test_a_file_that_did_not_change_registers_nothing(registrar, catalogue, write):
    path = write(REPORT)
    registrar.register([path])
    [done] = registrar.register([path])
    assert (done.is_new, done.registered.version) == (False, 1)
    assert catalogue.version("report", 2) is None


def test_writing_out_a_default_is_no_change(registrar, write):
    registrar.register([write(REPORT)])
    [done] = registrar.register([write(REPORT + "capacity: [FARGATE]\n")])
    assert not done.is_new


def test_true_instead_of_1_is_a_change(registrar, write):
    schema = "parameters:\n  type: object\n  properties: {{x: {{default: {}}}}}\n"
    registrar.register([write(REPORT + schema.format("1"))])
    [done] = registrar.register([write(REPORT + schema.format("true"))])
    assert (done.is_new, done.registered.version) == (True, 2)


class RacedDefinitions(MemoryDefinitions):
    """Somebody else registers the same name just before us, so many times."""

    def __init__(self, races):
        super().__init__()
        self.races = races

    def register(self, registered):
        if self.races:
            self.races -= 1
            super().register(
                replace(registered, registered_at=registered.registered_at + A_MINUTE)
            )
        super().register(registered)


def raced(registrar, races):
    return replace(registrar, catalogue=RacedDefinitions(races))


def test_who_registers_at_the_same_time_finds_it_done(registrar, write):
    [done] = raced(registrar, 1).register([write(REPORT)])
    assert (done.is_new, done.registered.version) == (False, 1)


def test_a_changed_file_becomes_the_next_version(registrar, write):
    registrar.register([write(REPORT)])
    [done] = registrar.register([write(REPORT.replace("60", "90"))])
    assert (done.is_new, done.registered.version) == (True, 2)


def test_a_new_revision_of_the_task_definition_is_a_new_version(
    registrar, task_definitions, write
):
    path = write(REPORT)
    registrar.register([path])
    arn = a_resolved().arn.replace(":7", ":8")
    task_definitions.known["headrace-job-report"] = a_resolved(arn=arn)
    [done] = registrar.register([path])
    assert (done.is_new, done.registered.version) == (True, 2)


def test_a_change_after_going_back_gets_a_number_of_its_own(
    registrar, catalogue, write
):
    registrar.register([write(REPORT)])
    registrar.register([write(REPORT.replace("60", "90"))])
    catalogue.activate("report", 1)
    [done] = registrar.register([write(REPORT.replace("60", "120"))])
    assert done.registered.version == 3


def test_one_wrong_file_keeps_all_out(registrar, catalogue, write):
    good = write(REPORT)
    bad = write(REPORT.replace("name: report", "name: 7up!"), "bad.yaml")
    assert "bad.yaml:1: name: " in refusal(registrar, good, bad)
    assert catalogue.active(["report"]) == {}


def test_problems_of_several_files_are_told_at_once(registrar, write):
    first = write(REPORT.replace("main", "sidecar"), "first.yaml")
    second = write(REPORT + "retries: 3\n", "second.yaml")
    told = refusal(registrar, first, second)
    assert "first.yaml:3: container: " in told
    assert "second.yaml:6: retries: " in told


def test_two_files_may_not_define_the_same_job(registrar, write):
    told = refusal(registrar, write(REPORT), write(REPORT, "again.yaml"))
    assert "again.yaml:1: name: 'report' is that of" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "report.yaml:1: the file is empty"),
        ("name: [", "report.yaml:1:"),
        (REPORT + "owner: me\n", "report.yaml:6: the key 'owner' stands on line 4"),
        (REPORT + "---\nname: b\n", "report.yaml:"),
        (REPORT + "1: one\n", "report.yaml:6: a key must be text; quote it"),
        (REPORT + "x: &a 1\n", "report.yaml:6: anchors and aliases"),
        (REPORT + "x: !!int 1\n", "report.yaml:6: the tag"),
        (REPORT.replace("60", "sixty"), "report.yaml:5: timeoutSeconds: "),
        (REPORT.replace("60", "0"), "report.yaml:5: timeoutSeconds: "),
        (REPORT.replace("owner: team-reports\n", ""), "report.yaml:1: owner: "),
        (REPORT + "command: [a, no]\nmemory: [1024, 512]\n", "report.yaml:7: memory: "),
        (
            REPORT + "retryStrategy:\n  attempts: 2\n  rules:\n    - action: MAYBE\n",
            "report.yaml:9: retryStrategy.rules[0].action: ",
        ),
        (REPORT + "cpu: 256\nmemory: [3000]\n", "report.yaml:7: memory[0]: "),
        (REPORT + "memory: [3000]\n", "report.yaml:6: memory[0]: "),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(registrar, write, text, told):
    assert told in refusal(registrar, write(text))


def test_text_that_only_yaml_1_1_takes_for_something_else_stays_text(registrar, write):
    path = write(REPORT + "command: [no, on, 1:30, 2026-11-22, 0x1f, 012]\n")
    [done] = registrar.register([path])
    assert done.registered.definition.command == (
        "no",
        "on",
        "1:30",
        "2026-11-22",
        "0x1f",
        "012",
    )


def test_a_file_that_is_not_there_is_named(registrar, tmp_path):
    told = refusal(registrar, tmp_path / "nowhere.yaml")
    assert "nowhere.yaml: No such file" in told


def test_a_file_that_is_no_text_is_named(registrar, tmp_path):
    path = tmp_path / "report.yaml"
    path.write_bytes(b"name: \xff")
    assert "not UTF-8 at byte 6" in refusal(registrar, path)


def test_a_task_definition_that_ecs_does_not_know_is_refused(registrar, write):
    text = REPORT.replace("headrace-job-report", "headrace-job-nothing")
    told = refusal(registrar, write(text))
    assert "report.yaml:2: taskDefinition: " in told
    assert "'headrace-job-nothing'" in told


def resolved_as(task_definitions, **changes):
    task_definitions.known["headrace-job-report"] = a_resolved(**changes)


def test_a_family_that_the_stack_may_not_start_is_refused(
    registrar, task_definitions, write
):
    resolved_as(task_definitions, family="other-report")
    told = refusal(registrar, write(REPORT))
    assert "report.yaml:2: taskDefinition: must be of a family" in told
    assert "'headrace-job-'" in told
    assert "'other-report'" in told


@pytest.mark.parametrize("kind", ["task_role_arn", "execution_role_arn"])
def test_a_role_outside_the_stacks_path_is_refused(
    registrar, task_definitions, write, kind
):
    resolved_as(task_definitions, **{kind: f"{ROLE}/admin"})
    told = refusal(registrar, write(REPORT))
    assert "'/headrace/jobs/'" in told
    assert f"{ROLE}/admin" in told


@pytest.mark.parametrize("kind", ["task_role_arn", "execution_role_arn"])
def test_a_role_within_the_stacks_path_is_taken(
    registrar, task_definitions, write, kind
):
    resolved_as(task_definitions, **{kind: f"{ROLE}/headrace/jobs/team/report"})
    [done] = registrar.register([write(REPORT)])
    assert done.is_new


def test_a_main_container_that_does_not_exist_is_refused(registrar, write):
    told = refusal(registrar, write(REPORT.replace("main", "worker")))
    assert "report.yaml:3: container: " in told


def test_a_main_container_that_is_not_essential_is_refused(
    registrar, task_definitions, write
):
    containers = (
        ResolvedContainer(name="main", essential=False),
        ResolvedContainer(name="proxy", essential=True),
    )
    resolved_as(task_definitions, containers=containers)
    assert "report.yaml:3: container: " in refusal(registrar, write(REPORT))


def test_a_task_definition_that_is_not_for_fargate_is_refused(
    registrar, task_definitions, write
):
    resolved_as(task_definitions, requires_compatibilities=("EC2",))
    assert "FARGATE" in refusal(registrar, write(REPORT))


STRANGER = REPORT.replace("headrace-job-report", "untrusted-job-report") + (
    "isolation: untrusted\n"
)
UNTRUSTED_ROLE = f"{ROLE}/untrusted/headrace/jobs/start"


@pytest.fixture
def with_class(registrar, task_definitions):
    """The registrar of a deployment with the untrusted class."""
    task_definitions.known["untrusted-job-report"] = a_resolved(
        family="untrusted-job-report", execution_role_arn=UNTRUSTED_ROLE
    )
    deployment = a_deployment(
        untrusted_job_family_prefix="untrusted-job-",
        untrusted_job_role_path="/untrusted/headrace/jobs/",
    )
    return replace(registrar, deployment=deployment)


def test_an_untrusted_job_is_registered_as_such(with_class, catalogue, write):
    with_class.register([write(STRANGER)])
    stored = catalogue.active(["report"])["report"].to_json()["definition"]
    assert stored["isolation"] == "untrusted"


def test_a_trusted_job_is_stored_as_older_releases_read_it(registrar, catalogue, write):
    registrar.register([write(REPORT + "isolation: trusted\n")])
    assert (
        "isolation"
        not in catalogue.active(["report"])["report"].to_json()["definition"]
    )


def test_an_untrusted_job_needs_a_deployment_with_the_class(
    registrar, with_class, write
):
    told = refusal(registrar, write(STRANGER))
    assert "report.yaml:6: isolation: must be 'trusted' in this deployment" in told
    assert "UntrustedClass=ENABLED" in told


def test_an_untrusted_job_with_a_trusted_family_is_refused(with_class, write):
    text = STRANGER.replace("untrusted-job-report", "headrace-job-report")
    told = refusal(with_class, write(text))
    assert "taskDefinition: must be of a family that begins with 'untrusted-'" in told
    assert "is of 'headrace-job-report'" in told


def test_a_trusted_job_with_an_untrusted_family_is_refused(with_class, write):
    told = refusal(with_class, write(STRANGER.replace("isolation: untrusted\n", "")))
    assert (
        "isolation: must be 'untrusted' for the family 'untrusted-job-report'" in told
    )
    assert "must be of a family that begins with 'headrace-job-'" in told


def test_an_untrusted_jobs_execution_role_is_none_that_a_trusted_one_has(
    with_class, task_definitions, write
):
    task_definitions.known["untrusted-job-report"] = a_resolved(
        family="untrusted-job-report", execution_role_arn=f"{ROLE}/headrace/jobs/start"
    )
    assert "'/untrusted/headrace/jobs/'" in refusal(with_class, write(STRANGER))


def test_all_that_is_open_to_hostile_code_is_named_at_once(
    with_class, task_definitions, write
):
    task_definitions.exposed = ["networkMode: must be awsvpc", "user: must be 1000"]
    told = refusal(with_class, write(STRANGER))
    assert "report.yaml:2: taskDefinition: networkMode: must be awsvpc" in told
    assert "report.yaml:2: taskDefinition: user: must be 1000" in told


def test_a_trusted_task_definition_may_leave_open_what_it_likes(
    registrar, task_definitions, write
):
    task_definitions.exposed = ["user: must be 1000"]
    [done] = registrar.register([write(REPORT)])
    assert done.is_new


@pytest.mark.parametrize(
    "capacity",
    ["capacity: [on-ec2]", "overridesAllowed: {capacity: [FARGATE, on-ec2]}"],
)
def test_an_untrusted_job_runs_on_fargate_alone(with_class, write, capacity):
    told = refusal(with_class, write(STRANGER + capacity + "\n"))
    assert "capacity: must be Fargate's alone for an untrusted job" in told
