"""A version that would refuse what is on its way is found out, field by field."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW
from client_world import KnownTaskDefinitions, a_deployment
from definition_builders import a_registered, a_resolved
from headrace.errors import StoreBusy
from headrace.requests.parsing import parse_request
from headrace_client.definition_text import definition_text
from headrace_client.definitions import Definitions
from headrace_client.errors import WouldRefuseError
from headrace_client.evolution.check import EvolutionCheck
from headrace_client.evolution.findings import Candidate, Kind, Step, Unchecked
from headrace_client.registration import Registrar
from headrace_local.memory.catalogue import MemoryDefinitions

DATE = {"type": "string"}
PDF_ONLY = {
    "type": "object",
    "properties": {"date": DATE, "format": {"enum": ["pdf"]}},
    "required": ["date"],
    "additionalProperties": False,
}
WITH_PAGES = {
    "type": "object",
    "properties": {"date": DATE, "format": {}, "pages": {"type": "integer"}},
    "required": ["date", "pages"],
    "additionalProperties": False,
}


def wanted(name="a", kind=Kind.JOB, **fields):
    """A request for the definition that `a_registered` makes."""
    body = {
        "schemaVersion": "1",
        "jobName": "report",
        "idempotencyKey": name,
        "parameters": {"date": "2026-11-22", "format": "csv"},
    }
    request = parse_request(json.dumps(body | fields), pinned_tenant=None, now=NOW)
    return Candidate(kind=kind, name=name, request=request, at=NOW)


class Place:
    """Requests that a test put there; an exception is raised when it is met."""

    what = "a place"

    def __init__(self, *found):
        self.found = found
        self.asked = []

    def candidates(self, names, on_progress):
        on_progress("at it")
        self.asked.append(names)
        for each in self.found:
            if isinstance(each, Exception):
                raise each
            yield each


def check_of(*places):
    return EvolutionCheck(sources=lambda: places)


def version(number, **changes):
    return replace(a_registered(**changes), version=number)


def judged(*candidates, old=None, **changes):
    """What a second version, so changed, would do."""
    step = Step(old=version(1, **(old or {})), new=version(2, **changes))
    return check_of(Place(*candidates)).check([step])["report"]


def told(evolution):
    return [
        (each.rejection.field, each.rejection.reason.value, each.count)
        for each in evolution.refusals
    ]


def test_a_version_that_accepts_what_waits_is_fine():
    evolution = judged(wanted("a"), wanted("b"), timeoutSeconds=60)
    assert (told(evolution), evolution.looked_at) == ([], 2)


@pytest.mark.parametrize(
    ("request_fields", "changes", "refused"),
    [
        ({}, {"parameters": PDF_ONLY}, ("parameters.format", "INVALID_PARAMETERS")),
        ({}, {"parameters": WITH_PAGES}, ("parameters.pages", "INVALID_PARAMETERS")),
        (
            {"timeoutSeconds": 3600},
            {"timeoutSeconds": 60},
            ("timeoutSeconds", "LIMIT_EXCEEDED"),
        ),
        (
            {"overrides": {"cpu": 512, "memory": 1024}},
            {},
            ("overrides.cpu", "OVERRIDE_NOT_ALLOWED"),
        ),
        (
            {"retryStrategy": {"infrastructureRetries": 5}},
            {"retryStrategy": {"infrastructureRetries": 2}},
            ("retryStrategy.infrastructureRetries", "LIMIT_EXCEEDED"),
        ),
    ],
)
def test_each_field_that_would_be_refused_is_named(request_fields, changes, refused):
    generous = {
        "overridesAllowed": {
            "cpu": {"min": 256, "max": 1024},
            "memory": {"min": 512, "max": 2048},
        }
    }
    evolution = judged(wanted(**request_fields), old=generous, **changes)
    assert told(evolution) == [(*refused, 1)]


def test_what_the_active_version_refuses_already_does_not_count():
    bad = wanted("a", parameters={"format": "csv"})
    assert told(judged(bad, parameters=PDF_ONLY)) == []


def test_a_request_that_names_a_version_does_not_count():
    pinned = wanted("a", jobVersion=1)
    assert told(judged(pinned, parameters=PDF_ONLY)) == []


def test_a_job_s_times_are_judged_as_when_it_was_accepted():
    early = wanted("a", startDeadlineSeconds=60)
    assert told(judged(early, parameters=PDF_ONLY)) != []
    late = replace(early, at=NOW + timedelta(days=1))
    assert told(judged(late, parameters=PDF_ONLY)) != []  # it counts from then on
    fixed = wanted("a", startDeadlineSeconds=60, scheduledAt=NOW.isoformat())
    assert told(judged(fixed, parameters=PDF_ONLY)) != []
    over = replace(fixed, at=NOW + timedelta(days=1))
    assert told(judged(over, parameters=PDF_ONLY)) == []  # refused by any version


def test_requests_are_counted_by_field_and_kind_and_the_first_are_named():
    jobs = [wanted(f"job-{number}") for number in range(5)]
    others = [wanted("m-1", Kind.MESSAGE), wanted("nightly", Kind.SCHEDULE)]
    no_pages = wanted("pdf", parameters={"date": "2026-11-22", "format": "pdf"})
    schema = WITH_PAGES | {
        "properties": WITH_PAGES["properties"] | {"format": {"enum": ["pdf"]}}
    }
    [first, second] = judged(no_pages, *jobs, *others, parameters=schema).refusals
    assert [first.count, second.count] == [7, 1]
    assert str(first).endswith(
        "5 waiting jobs (job-0, job-1, job-2, …); 1 message in the request queue"
        " (m-1); 1 schedule (nightly)"
    )


def test_items_of_a_list_are_one_field():
    texts = {"type": "object", "properties": {"x": {"type": "array"}}}
    short = {
        "type": "object",
        "properties": {"x": {"type": "array", "items": {"maxLength": 3}}},
    }
    evolution = judged(
        wanted("a", parameters={"x": ["long", "ab"]}),
        wanted("b", parameters={"x": ["ab", "long"]}),
        old={"parameters": texts, "command": None},
        parameters=short,
        command=None,
    )
    assert told(evolution) == [("parameters.x[0]", "INVALID_PARAMETERS", 2)]


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": "others", "description": "new"},
        {"onUnknown": "retry", "exitCodes": {"reject": []}, "startTimeoutSeconds": 5},
    ],
)
def test_nothing_is_looked_at_for_a_change_by_which_no_request_is_refused(changes):
    place = Place(wanted())
    step = Step(old=version(1), new=version(2, **changes))
    evolution = check_of(place).check([step])["report"]
    assert (place.asked, evolution.looked_at) == ([], 0)


def test_what_cannot_be_looked_at_is_told_and_the_rest_is_looked_at():
    places = [Place(wanted("a"), StoreBusy("no")), Place(Unchecked("Half.")), Place()]
    step = Step(old=version(1), new=version(2, parameters=PDF_ONLY))
    evolution = check_of(*places).check([step])["report"]
    problems = [each.problem for each in evolution.unchecked]
    assert problems == ["Cannot look at a place just now: no.", "Half."]
    assert told(evolution) == [("parameters.format", "INVALID_PARAMETERS", 1)]
    assert all(place.asked for place in places)


# -- register and activate ----------------------------------------------------------


@pytest.fixture
def catalogue():
    kept = MemoryDefinitions()
    kept.register(version(1))
    return kept


@pytest.fixture
def write(tmp_path):
    def write(**changes):
        path = tmp_path / "report.yaml"
        path.write_text(definition_text(version(2, **changes)), encoding="utf-8")
        return path

    return write


def registrar_of(catalogue, *found):
    return Registrar(
        catalogue=catalogue,
        task_definitions=KnownTaskDefinitions(headrace_job_report=a_resolved()),
        deployment=a_deployment(),
        check=check_of(Place(*found)),
        now=lambda: NOW,
    )


def line_of(path, text):
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_file_that_would_refuse_what_waits_is_refused_with_line_field_and_number(
    catalogue, write
):
    path = write(parameters=PDF_ONLY)
    registrar = registrar_of(catalogue, wanted("a"), wanted("b"))
    with pytest.raises(WouldRefuseError) as caught:
        registrar.register([path])
    [problem] = caught.value.problems
    assert problem.startswith(
        f"{path}:{line_of(path, 'format:')}: parameters.properties.format: would"
        " refuse 2 requests that version 1 accepts (INVALID_PARAMETERS:"
        " parameters.format: "
    )
    assert problem.endswith(": 2 waiting jobs (a, b)")
    assert "--force" in caught.value.advice
    assert catalogue.active(["report"]) == {"report": version(1)}
    assert catalogue.version("report", 2) is None


def test_a_field_that_the_file_lacks_is_told_where_it_would_stand(catalogue, write):
    path = write(timeoutSeconds=60)
    registrar = registrar_of(catalogue, wanted(timeoutSeconds=3600))
    with pytest.raises(WouldRefuseError) as caught:
        registrar.register([path])
    line = line_of(path, "timeoutSeconds:")
    assert caught.value.problems[0].startswith(f"{path}:{line}: timeoutSeconds: would")


def test_a_file_is_registered_all_the_same_when_forced_and_what_it_does_is_returned(
    catalogue, write
):
    registrar = registrar_of(catalogue, wanted("a"))
    [done] = registrar.register([write(parameters=PDF_ONLY)], force=True)
    assert (done.is_new, told(done.evolution)) == (
        True,
        [("parameters.format", "INVALID_PARAMETERS", 1)],
    )
    assert catalogue.active(["report"])["report"].version == 2


def test_a_file_that_did_not_change_or_is_new_is_not_judged(catalogue, write):
    registrar = registrar_of(catalogue, wanted("a"))
    [same] = registrar.register([write()])
    assert not same.is_new
    [first] = registrar_of(MemoryDefinitions(), wanted("a")).register(
        [write(parameters=PDF_ONLY)]
    )
    assert (first.is_new, first.evolution) == (True, None)


def test_the_way_back_is_refused_as_well_unless_it_is_forced(catalogue):
    catalogue.register(version(2, parameters=WITH_PAGES))
    request = wanted(parameters={"date": "2026-11-22", "pages": 3})
    definitions = Definitions(catalogue=catalogue, check=check_of(Place(request)))
    with pytest.raises(WouldRefuseError, match="report version 1: parameters"):
        definitions.activate("report", 1)
    assert definitions.active("report").version == 2
    done = definitions.activate("report", 1, force=True)
    assert done.evolution.refusals
    assert definitions.active("report").version == 1
