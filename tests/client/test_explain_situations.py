"""`explain` names the true cause, in a field and in words, in prepared situations."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from headrace.jobs.job import Job
from headrace.jobs.verdicts import decided
from headrace_client.cli.explanation_screen import explanation_screen
from headrace_client.explaining.causes import Cause
from headrace_client.explaining.documents import explanation_document
from headrace_client.explaining.explainer import terms_of_job
from headrace_client.explaining.recorded import recorded_ending
from situations import SITUATIONS

NOT_PREPARED = {
    Cause.LIMIT,  # no stage gives these wait reasons yet
    Cause.NOWHERE_TO_RUN,  # tests/client/test_explain.py
    Cause.ENDED,  # likewise
}
MESSAGE = {"REJECTED", None}


@pytest.fixture(scope="module", params=SITUATIONS, ids=lambda each: each.name)
def prepared(request):
    """One situation after the other, its world and its explanation."""
    situation = request.param
    world, subject = situation.lead()
    return situation, world, situation.explain(world, subject)


def shown(explanation, world, columns):
    """Return an explanation as a terminal of some width shows it."""
    screen = io.StringIO()
    console = Console(file=screen, width=columns)
    now = world.clock.now()
    console.print(explanation_screen(explanation, now=now, columns=columns))
    return screen.getvalue()


def test_the_true_cause_is_named_in_its_field_and_in_words(prepared):
    situation, world, explanation = prepared
    assert explanation.cause is situation.cause
    told = " ".join(shown(explanation, world, 400).split())
    assert [words for words in situation.words if words not in told] == []
    found = {name: explanation.fact(name) for name in situation.facts}
    assert found == situation.facts


@pytest.mark.parametrize("columns", [80, 140])
def test_every_explanation_fits_the_screen_and_keeps_its_id_whole(prepared, columns):
    _, world, explanation = prepared
    text = shown(explanation, world, columns)
    assert max(map(len, text.splitlines())) <= columns
    assert explanation.subject in text


def test_every_explanation_is_json_of_the_documented_fields(prepared):
    situation, _, explanation = prepared
    document = json.loads(json.dumps(explanation_document(explanation)))
    assert document["id"] == explanation.subject
    assert document["cause"] == situation.cause
    assert {name for name in document["facts"] if situation.facts.get(name)} == {
        name for name, value in situation.facts.items() if value
    }


def test_what_goes_on_says_what_is_next_and_what_failed_says_what_to_try(prepared):
    _, _, explanation = prepared
    if explanation.status in {"PENDING", "RUNNABLE", "STARTING", "RUNNING"}:
        assert explanation.next_step is not None
        assert explanation.since_at is not None
    elif explanation.status != "SUCCEEDED":
        assert explanation.advice


def test_the_judgement_made_again_from_the_record_ends_the_job(prepared):
    """What explains the end must not believe that the job would have gone on."""
    _, world, explanation = prepared
    job = world.jobs.get(explanation.subject)
    if not isinstance(job, Job) or not job.status.is_terminal:
        return
    registered = world.definitions.version(job.job_name, job.job_version)
    ending = recorded_ending(job, registered)
    if ending is not None:
        verdict = decided(job, ending, terms_of_job(job, registered)).verdict
        assert not verdict.goes_on


def test_every_cause_is_prepared_somewhere():
    prepared = {situation.cause for situation in SITUATIONS}
    assert set(Cause) - prepared == NOT_PREPARED
