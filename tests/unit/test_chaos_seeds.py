"""The seed decides what a chaos run sends and kills."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from headrace_local.chaos.blows import Victim, blows
from headrace_local.chaos.evidence import MessageKind
from headrace_local.chaos.submissions import submissions


def sent(seed, jobs=300):
    return submissions(seed=seed, jobs=jobs, seconds=100, deployment_id="d")


def test_the_same_seed_sends_and_kills_the_same():
    assert sent(7) == sent(7)
    assert blows(seed=7, kills=200) == blows(seed=7, kills=200)
    assert sent(7) != sent(8)
    assert blows(seed=7, kills=200) != blows(seed=8, kills=200)


@pytest.mark.parametrize("kills", [1, 3, 4, 12, 200])
def test_there_are_as_many_kills_as_asked_for(kills):
    victims = Counter(each.victim for each in blows(seed=1, kills=kills))

    assert victims.total() == kills
    assert kills < 4 or set(victims) == set(Victim)


def test_every_sort_of_message_is_sent_and_each_job_asked_for_once():
    what = sent(1)
    submitted = [
        each.job_id for each in what.sendings if each.kind is MessageKind.SUBMIT
    ]

    assert sorted(submitted) == sorted(each.job_id for each in what.plans)
    assert len(set(submitted)) == 300
    assert {each.kind for each in what.sendings} == set(MessageKind)
    assert any(each.is_timed_out for each in what.plans)
    assert [each.after_seconds for each in what.sendings] == sorted(
        each.after_seconds for each in what.sendings
    )


def test_a_copy_and_a_cancellation_never_overtake_their_request():
    what = sent(1)
    first = {}
    for each in what.sendings:
        if each.kind is MessageKind.SUBMIT:
            first[each.job_id] = each.after_seconds
    for each in what.sendings:
        if each.kind is MessageKind.COPY:
            assert each.after_seconds >= first[each.job_id]
        if each.kind is MessageKind.CANCEL:
            assert each.after_seconds >= first[each.job_id] + 3
            assert json.loads(each.body)["jobId"] == each.job_id
