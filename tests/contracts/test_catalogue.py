"""Every `Catalogue` keeps immutable, numbered versions, one of them active."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from botocore.awsrequest import AWSResponse

from definition_builders import a_registered
from headrace.aws.definition_table import DefinitionTable
from headrace.errors import DefinitionMoved, RecordMissing, StoreBusy
from headrace_local.memory import MemoryDefinitions
from tables import stored_item


def a_catalogue(backend):
    if backend.kind == "memory":
        return MemoryDefinitions()
    return DefinitionTable(backend.client, backend.table_name)


@pytest.fixture
def catalogue(backend):
    return a_catalogue(backend)


def version(number, **changes):
    return replace(a_registered(**changes), version=number)


def test_an_unknown_name_has_no_active_version(catalogue):
    assert catalogue.active(["report"]) == {}


def test_nothing_is_asked_for_no_names(catalogue):
    assert catalogue.active([]) == {}


def test_an_unknown_version_is_none(catalogue):
    catalogue.register(version(1))
    assert catalogue.version("report", 2) is None
    assert catalogue.version("report", 0) is None
    assert catalogue.version("other", 1) is None


def test_the_version_registered_last_is_the_active_one(catalogue):
    catalogue.register(version(1))
    catalogue.register(version(2, timeoutSeconds=60))
    assert catalogue.active(["report"]) == {"report": version(2, timeoutSeconds=60)}


def test_older_versions_stay_as_they_were(catalogue):
    catalogue.register(version(1))
    catalogue.register(version(2, timeoutSeconds=60))
    assert catalogue.version("report", 1) == version(1)
    assert catalogue.version("report", 2) == version(2, timeoutSeconds=60)


def test_a_version_that_appears_after_it_was_asked_for_is_found(catalogue):
    assert catalogue.version("report", 1) is None
    catalogue.register(version(1))
    assert catalogue.version("report", 1) == version(1)


def test_several_names_are_answered_at_once(catalogue):
    catalogue.register(version(1, name="report"))
    catalogue.register(version(1, name="export"))
    active = catalogue.active(["report", "export", "unknown", "report"])
    assert active.keys() == {"report", "export"}
    assert active["export"].definition.name == "export"


def test_more_names_than_one_call_takes_are_answered(catalogue):
    names = [f"job-{number}" for number in range(130)]
    for name in names:
        catalogue.register(version(1, name=name))
    assert catalogue.active(names).keys() == set(names)


def test_a_version_that_exists_is_not_registered_again(catalogue):
    catalogue.register(version(1))
    with pytest.raises(DefinitionMoved):
        catalogue.register(version(1, timeoutSeconds=60))
    assert catalogue.version("report", 1) == version(1)
    assert catalogue.active(["report"]) == {"report": version(1)}


@pytest.mark.parametrize("number", [2, 3])
def test_no_version_is_left_out(catalogue, number):
    with pytest.raises(DefinitionMoved):
        catalogue.register(version(number))
    assert catalogue.active(["report"]) == {}
    assert catalogue.version("report", number) is None


def test_the_active_version_can_be_switched_back(catalogue):
    catalogue.register(version(1))
    catalogue.register(version(2))
    catalogue.activate("report", 1)
    assert catalogue.active(["report"]) == {"report": version(1)}


def test_the_next_version_follows_the_highest_and_not_the_active(catalogue):
    catalogue.register(version(1))
    catalogue.register(version(2))
    catalogue.activate("report", 1)
    with pytest.raises(DefinitionMoved):
        catalogue.register(version(2))
    catalogue.register(version(3))
    assert catalogue.active(["report"]) == {"report": version(3)}


def test_a_version_that_does_not_exist_is_not_activated(catalogue):
    catalogue.register(version(1))
    with pytest.raises(RecordMissing, match="report: there is no version 2"):
        catalogue.activate("report", 2)
    assert catalogue.active(["report"]) == {"report": version(1)}


def test_every_name_is_listed_once_and_in_order(catalogue):
    assert catalogue.names() == []
    for name, number in (("report", 1), ("export", 1), ("report", 2), ("Zip", 1)):
        catalogue.register(version(number, name=name))
    assert catalogue.names() == ["Zip", "export", "report"]


def test_a_name_that_an_earlier_release_registered_is_listed_once_it_is_enlisted(table):
    catalogue = a_catalogue(table)
    catalogue.register(version(1))
    table.client.delete_item(
        TableName=table.table_name,
        Key={"pk": {"S": "DEFINITION##NAMES"}, "sk": {"S": "report"}},
    )
    assert catalogue.names() == []
    for _ in range(2):
        catalogue.enlist("report")
    assert catalogue.names() == ["report"]
    assert catalogue.active(["report"]) == {"report": version(1)}


def test_the_versions_of_a_name_are_listed_from_the_first_on(catalogue):
    for number in range(1, 12):
        catalogue.register(version(number, timeoutSeconds=number))
        catalogue.register(version(number, name="report-daily"))
    catalogue.activate("report", 3)
    assert catalogue.versions("report") == [
        version(number, timeoutSeconds=number) for number in range(1, 12)
    ]
    assert catalogue.versions("unknown") == []


def test_lists_longer_than_a_page_are_read_to_their_end(table):
    """A page has at most 1 MB."""
    catalogue = a_catalogue(table)
    schema = {"type": "object", "description": "x" * 30_000}
    for number in range(1, 41):
        catalogue.register(version(number, parameters=schema, command=None))
    assert [each.version for each in catalogue.versions("report")] == [*range(1, 41)]


def test_two_processes_see_each_others_switch(table):
    ours, theirs = a_catalogue(table), a_catalogue(table)
    ours.register(version(1))
    ours.register(version(2))
    assert theirs.active(["report"]) == {"report": version(2)}
    ours.activate("report", 1)
    assert theirs.active(["report"]) == {"report": version(1)}


def test_of_racing_registrations_one_wins(racing_backend):
    catalogue = a_catalogue(racing_backend)
    catalogue.register(version(1))

    def register(seconds):
        try:
            catalogue.register(version(2, timeoutSeconds=seconds))
        except (DefinitionMoved, StoreBusy):
            return None
        return seconds

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(register, range(1, 21)))
    (winner,) = [result for result in results if result is not None]
    assert catalogue.active(["report"]) == {"report": version(2, timeoutSeconds=winner)}


def test_what_an_outsider_reads_names_the_version(table):
    a_catalogue(table).register(version(1))
    pk = "DEFINITION#report"
    item = stored_item(table.client, table.table_name, pk, "V#000001")
    copy = stored_item(table.client, table.table_name, pk, "ACTIVE")
    assert item["jobVersion"] == {"N": "1"}
    assert item["owner"] == {"S": "team-reports"}
    assert {**item, "sk": None} == {**copy, "sk": None}


def test_a_registration_that_meets_another_one_finds_the_store_busy(moto_table):
    """DynamoDB cancels the younger of two transactions; the SDK does not retry it."""
    client = moto_table.client

    def answer(request, **_):
        response = AWSResponse(request.url, 400, {}, None)
        reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
        error = {
            "__type": "com.amazonaws#TransactionCanceledException",
            "CancellationReasons": reasons,
        }
        response._content = json.dumps(error).encode()
        return response

    client.meta.events.register_first("before-send.dynamodb", answer)
    with pytest.raises(StoreBusy, match="register definition report version 1"):
        a_catalogue(moto_table).register(version(1))


def test_what_was_read_once_is_not_asked_for_again(moto_table):
    """A version never changes, so a process may keep it for ever."""
    catalogue = a_catalogue(moto_table)
    catalogue.register(version(1))
    assert catalogue.version("report", 1) == version(1)
    moto_table.client.delete_table(TableName=moto_table.table_name)
    assert catalogue.version("report", 1) == version(1)
