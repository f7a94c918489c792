"""Submissions are judged before they are sent, where definitions can be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from client_world import ClientWorld
from definition_builders import a_definition_document, a_registered
from headrace.definitions.registration import parse_definition
from headrace.errors import RecordUnreadable, TryLater
from headrace.requests.rejection import Reason
from headrace_client.errors import NotAllowedError, RefusedError
from headrace_client.judging import KEPT_SECONDS
from headrace_local.memory import MemoryDefinitions

GOOD = {"date": "2026-11-22"}
NEEDS_REGION = {
    "command": ["report"],
    "parameters": {"type": "object", "required": ["region"]},
}


class Definitions(MemoryDefinitions):
    """Definitions that count how often they are read, and may fail."""

    def __init__(self):
        super().__init__()
        self.reads = 0
        self.error = None

    def active(self, names):
        self.reads += 1
        if self.error is not None:
            raise self.error
        return super().active(names)

    def change(self, **changes):
        """Register another version."""
        registered = self._active["report"]
        definition = parse_definition(a_definition_document(**changes))
        self.register(
            replace(registered, version=registered.version + 1, definition=definition)
        )


@pytest.fixture
def definitions():
    definitions = Definitions()
    definitions.register(a_registered())
    return definitions


@pytest.fixture
def world(definitions):
    return ClientWorld(definitions=definitions)


def refusal_of(world, *arguments, **options):
    before = len(world.requests.sent)
    with pytest.raises(RefusedError) as caught:
        world.client.submit(*arguments, **options)
    assert len(world.requests.sent) == before, "a refused request was sent"
    return caught.value.rejection


def test_what_the_definition_refuses_is_not_sent_and_says_what_is_wrong(world):
    refused = refusal_of(world, "report", parameters={"date": 7})
    assert (refused.reason, refused.field) == (
        Reason.INVALID_PARAMETERS,
        "parameters.date",
    )
    assert (refused.limit, refused.value) == ('type "string"', "7")

    refused = refusal_of(world, "report", parameters=GOOD, timeout_seconds=99_999)
    assert (refused.reason, refused.field) == (Reason.LIMIT_EXCEEDED, "timeoutSeconds")
    assert (refused.limit, refused.value) == ("at most 3600", "99999")


def test_an_unknown_job_and_an_unknown_version_are_told_apart(world):
    assert refusal_of(world, "absent").reason is Reason.UNKNOWN_JOB
    assert refusal_of(world, "absent", job_version=3).reason is Reason.UNKNOWN_JOB
    refused = refusal_of(world, "report", parameters=GOOD, job_version=3)
    assert refused.reason is Reason.UNKNOWN_JOB_VERSION


def test_what_the_definition_admits_is_sent(world):
    world.client.submit("report", parameters=GOOD)
    world.client.submit("report", parameters=GOOD, job_version=1)
    assert len(world.requests.sent) == 2
    assert world.client.unchecked_because is None


def test_the_check_can_be_left_out(world):
    world.client.submit("report", parameters={"date": 7}, check=False)
    assert len(world.requests.sent) == 1


def test_a_definition_is_read_once_a_minute(world, definitions):
    for _ in range(20):
        world.client.submit("report", parameters=GOOD)
    assert definitions.reads == 1
    world.clock.pause(KEPT_SECONDS + 1)
    world.client.submit("report", parameters=GOOD)
    assert definitions.reads == 2


def test_a_named_version_is_judged_by_that_version(world, definitions):
    definitions.change(**NEEDS_REGION)
    world.client.submit("report", parameters=GOOD, job_version=1)
    refused = refusal_of(world, "report", parameters=GOOD, job_version=2)
    assert refused.field == "parameters.region"


def test_nothing_is_refused_by_an_old_copy_of_a_definition(world, definitions):
    world.client.submit("report", parameters=GOOD)
    world.clock.pause(30)
    definitions.change(**NEEDS_REGION)
    world.client.submit("report", parameters={"region": "eu"})
    assert len(world.requests.sent) == 2


def test_refusals_in_a_row_do_not_read_again_and_again(world, definitions):
    for _ in range(50):
        refusal_of(world, "absent")
    assert definitions.reads == 1


def test_who_may_only_send_is_asked_about_definitions_once(world, definitions):
    definitions.error = NotAllowedError("You are not allowed to.", advice="Ask.")
    for _ in range(20):
        world.client.submit("report", parameters={"date": 7})
        world.clock.pause(KEPT_SECONDS)
    assert len(world.requests.sent) == 20
    assert definitions.reads == 1
    assert world.client.unchecked_because == "You are not allowed to."


@pytest.mark.parametrize("error", [TryLater("throttled"), RecordUnreadable("newer")])
def test_other_trouble_lets_requests_pass_for_a_minute(world, definitions, error):
    definitions.error = error
    for _ in range(5):
        world.client.submit("report", parameters={"date": 7})
    assert (len(world.requests.sent), definitions.reads) == (5, 1)
    assert world.client.unchecked_because is not None

    definitions.error = None
    world.clock.pause(KEPT_SECONDS + 1)
    refusal_of(world, "report", parameters={"date": 7})
    assert world.client.unchecked_because is None


def test_without_definitions_requests_are_sent_and_it_is_said_why():
    world = ClientWorld()
    world.client.submit("report", parameters={"date": 7})
    assert world.client.unchecked_because == "No definitions to check with."
