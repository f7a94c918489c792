"""Every `LaunchBudget` grants within one rate, and remembers the backlog."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from builders import NOW
from headrace.aws.launch_budget_table import LaunchBudgetTable
from headrace.launches.budget import LaunchRate
from headrace.ports import Backlog
from headrace_local.memory import MemoryLaunchBudget
from tables import stored_item

RATE = LaunchRate(per_second=10, burst=20)
UNLIMITED = LaunchRate(per_second=0, burst=1)
NOTHING = Backlog(until_at=None, tenants=frozenset(), revision=0)


def a_budget(backend, rate=RATE):
    if backend.kind == "memory":
        return MemoryLaunchBudget(rate)
    return LaunchBudgetTable(backend.client, backend.table_name, rate)


@pytest.fixture
def budget(backend):
    return a_budget(backend)


def seconds(count):
    return NOW + timedelta(seconds=count)


def test_the_burst_is_granted_and_then_the_rate(budget):
    assert budget.reserve(50, now=NOW).launches == 20
    assert budget.reserve(50, now=NOW).launches == 0
    assert budget.reserve(50, now=seconds(1)).launches == 10
    assert budget.reserve(4, now=seconds(2)).launches == 4
    assert budget.reserve(50, now=seconds(2)).launches == 6


def test_looking_takes_nothing(budget):
    assert budget.reserve(0, now=NOW).launches == 0
    assert budget.reserve(20, now=NOW).launches == 20


def test_an_unlimited_budget_grants_everything(backend):
    budget = a_budget(backend, UNLIMITED)
    assert budget.reserve(10_000, now=NOW).launches == 10_000
    assert budget.reserve(10_000, now=NOW).launches == 10_000


def test_an_unlimited_budget_still_knows_the_backlog(backend):
    budget = a_budget(backend, UNLIMITED)
    budget.enlist(frozenset({"a"}), now=NOW)
    assert budget.reserve(1, now=NOW).backlog.tenants == {"a"}


def test_an_unlimited_budget_writes_nothing(table):
    a_budget(table, UNLIMITED).reserve(5, now=NOW)
    item = stored_item(table.client, table.table_name, "LAUNCH_BUDGET", "STATE")
    assert item is None


def test_all_invocations_share_the_budget(table):
    ours, theirs = a_budget(table), a_budget(table)
    assert ours.reserve(15, now=NOW).launches == 15
    assert theirs.reserve(15, now=NOW).launches == 5


def test_racing_reservations_never_take_more_than_there_is(racing_backend):
    budget = a_budget(racing_backend)
    with ThreadPoolExecutor(20) as pool:
        grants = list(pool.map(lambda _: budget.reserve(3, now=NOW), range(20)))
    granted = sum(grant.launches for grant in grants)
    assert 1 <= granted <= 20
    left = budget.reserve(50, now=NOW).launches
    assert granted + left == 20


def test_few_who_race_get_all_that_there_is(racing_backend):
    budget = a_budget(racing_backend)
    with ThreadPoolExecutor(5) as pool:
        grants = list(pool.map(lambda _: budget.reserve(4, now=NOW), range(5)))
    assert [grant.launches for grant in grants] == [4] * 5


def test_there_is_no_backlog_at_first(budget):
    assert budget.reserve(0, now=NOW).backlog == NOTHING
    assert budget.reserve(1, now=NOW).backlog == NOTHING


def test_a_backlog_is_held_until_an_instant(budget):
    budget.hold(seconds(90))
    assert budget.reserve(1, now=NOW).backlog.until_at == seconds(90)
    budget.hold(seconds(120))
    assert budget.reserve(0, now=NOW).backlog.until_at == seconds(120)


def test_a_hold_is_over_when_the_backlog_is(budget):
    budget.hold(seconds(90))
    budget.hold(NOW)
    assert budget.reserve(0, now=NOW).backlog.until_at == NOW


def test_tenants_join_the_backlog(budget):
    budget.enlist(frozenset({"a", "b"}), now=NOW)
    budget.enlist(frozenset({"b", "c"}), now=NOW)
    assert budget.reserve(0, now=NOW).backlog.tenants == {"a", "b", "c"}


def test_nobody_joins_the_backlog(budget):
    budget.enlist(frozenset(), now=NOW)
    assert budget.reserve(0, now=NOW).backlog == NOTHING


def test_a_tenant_without_work_is_dismissed(budget):
    budget.enlist(frozenset({"a", "b"}), now=NOW)
    seen = budget.reserve(0, now=NOW).backlog
    budget.dismiss("a", seen=seen)
    assert budget.reserve(0, now=NOW).backlog.tenants == {"b"}


def test_the_last_tenant_can_be_dismissed(budget):
    budget.enlist(frozenset({"a"}), now=NOW)
    budget.dismiss("a", seen=budget.reserve(0, now=NOW).backlog)
    assert budget.reserve(0, now=NOW).backlog.tenants == frozenset()
    budget.enlist(frozenset({"b"}), now=NOW)
    assert budget.reserve(0, now=NOW).backlog.tenants == {"b"}


def test_several_tenants_are_dismissed_after_one_look(budget):
    budget.enlist(frozenset({"a", "b"}), now=NOW)
    seen = budget.reserve(0, now=NOW).backlog
    budget.dismiss("a", seen=seen)
    budget.dismiss("b", seen=seen)
    assert budget.reserve(0, now=NOW).backlog.tenants == frozenset()


@pytest.mark.parametrize("joining", ["a", "b"])
def test_a_tenant_stays_where_anybody_joined_since(budget, joining):
    """Above all where it joined again itself: its new job must not be forgotten."""
    budget.enlist(frozenset({"a"}), now=NOW)
    seen = budget.reserve(0, now=NOW).backlog
    budget.enlist(frozenset({joining}), now=NOW)
    budget.dismiss("a", seen=seen)
    assert "a" in budget.reserve(0, now=NOW).backlog.tenants


def test_nobody_is_dismissed_from_an_empty_backlog(budget):
    budget.dismiss("a", seen=budget.reserve(0, now=NOW).backlog)
    assert budget.reserve(0, now=NOW).backlog == NOTHING


def test_the_backlog_and_the_budget_do_not_touch_each_other(budget):
    budget.reserve(20, now=NOW)
    budget.enlist(frozenset({"a"}), now=NOW)
    budget.hold(seconds(90))
    grant = budget.reserve(5, now=NOW)
    assert grant.launches == 0
    assert grant.backlog == Backlog(
        until_at=seconds(90),
        tenants=frozenset({"a"}),
        revision=1,
        enlisted_at=NOW,
    )
