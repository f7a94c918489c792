"""Several containers of one task: essential or not, and what they wait for."""

from __future__ import annotations

from headrace_local.ecs import Fate

FOREVER = Fate(run_seconds=None)


def container(name, *, essential=True, depends_on=(), **more):
    waits = [{"containerName": each, "condition": what} for each, what in depends_on]
    return {
        "name": name,
        "image": "i",
        "essential": essential,
        "dependsOn": waits,
        **more,
    }


def containers_of(task):
    return {each["name"]: each for each in task["containers"]}


def test_when_an_essential_container_ends_the_others_are_stopped(ecs):
    ecs.define(container("main"), container("sidecar"))
    ecs.runner.choose(Fate(exit_code=0, run_seconds=5), container="main")
    ecs.runner.choose(FOREVER, container="sidecar")
    arn = ecs.run_one()
    ecs.clock.advance(5)
    task = ecs.task(arn)
    assert task["lastStatus"] == "STOPPED"
    assert task["stopCode"] == "EssentialContainerExited"
    codes = {name: each["exitCode"] for name, each in containers_of(task).items()}
    assert codes == {"main": 0, "sidecar": 143}


def test_a_side_container_that_ends_raises_an_event_and_nothing_else(ecs):
    ecs.define(container("main"), container("helper", essential=False))
    ecs.runner.choose(FOREVER, container="main")
    ecs.runner.choose(Fate(exit_code=9, run_seconds=5), container="helper")
    arn = ecs.run_one()
    ecs.clock.advance(4)
    before = ecs.task(arn)
    ecs.clock.advance(1)
    after = ecs.task(arn)
    assert after["lastStatus"] == after["desiredStatus"] == "RUNNING"
    assert after["version"] == before["version"] + 1
    assert containers_of(ecs.details(arn)[-1])["helper"]["exitCode"] == 9


def test_a_container_waits_until_another_has_succeeded(ecs):
    ecs.define(
        container("main", depends_on=[("setup", "SUCCESS")]),
        container("setup", essential=False),
    )
    ecs.runner.choose(Fate(run_seconds=30), container="setup")
    ecs.runner.choose(FOREVER, container="main")
    arn = ecs.run_one()
    ecs.clock.advance(29)
    assert ecs.task(arn)["lastStatus"] == "PENDING"
    ecs.clock.advance(1)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"


def test_a_container_whose_dependency_failed_never_starts(ecs):
    ecs.define(
        container("main", depends_on=[("setup", "SUCCESS")]),
        container("setup", essential=False),
    )
    ecs.runner.choose(Fate(exit_code=1, run_seconds=3), container="setup")
    arn = ecs.run_one()
    ecs.clock.advance(3)
    task = ecs.task(arn)
    assert task["stopCode"] == "TaskFailedToStart"
    assert "did not exit successfully" in task["stoppedReason"]
    assert "exitCode" not in containers_of(task)["main"]


def test_complete_takes_any_exit_code(ecs):
    ecs.define(
        container("main", depends_on=[("setup", "COMPLETE")]),
        container("setup", essential=False),
    )
    ecs.runner.choose(Fate(exit_code=1, run_seconds=3), container="setup")
    ecs.runner.choose(FOREVER, container="main")
    arn = ecs.run_one()
    ecs.clock.advance(3)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"


def test_start_waits_for_the_start_alone(ecs):
    ecs.define(container("main", depends_on=[("other", "START")]), container("other"))
    ecs.runner.choose(Fate(run_seconds=None, start_seconds=7), container="other")
    ecs.runner.choose(FOREVER, container="main")
    arn = ecs.run_one()
    ecs.clock.advance(6)
    assert containers_of(ecs.task(arn))["main"]["lastStatus"] == "PENDING"
    ecs.clock.advance(1)
    assert ecs.task(arn)["lastStatus"] == "RUNNING"


def test_healthy_waits_for_the_health_check(ecs):
    check = {"command": ["CMD", "true"]}
    ecs.define(
        container("main", depends_on=[("db", "HEALTHY")]),
        container("db", healthCheck=check),
    )
    ecs.runner.choose(Fate(run_seconds=None, healthy_after_seconds=40), container="db")
    ecs.runner.choose(FOREVER, container="main")
    arn = ecs.run_one()
    ecs.clock.advance(39)
    assert ecs.task(arn)["lastStatus"] == "PENDING"
    ecs.clock.advance(1)
    task = ecs.task(arn)
    assert task["lastStatus"] == "RUNNING"
    assert containers_of(task)["db"]["healthStatus"] == "HEALTHY"


def test_healthy_without_a_health_check_fails_honestly(ecs):
    ecs.define(container("main", depends_on=[("db", "HEALTHY")]), container("db"))
    arn = ecs.run_one()
    ecs.clock.advance()
    assert "no health check" in ecs.task(arn)["stoppedReason"]


def test_a_dependency_that_takes_too_long_is_given_up(ecs):
    ecs.define(
        container("main", depends_on=[("setup", "COMPLETE")]),
        container("setup", essential=False, startTimeout=60),
    )
    ecs.runner.choose(FOREVER, container="setup")
    arn = ecs.run_one()
    ecs.clock.advance(59)
    assert ecs.task(arn)["desiredStatus"] == "RUNNING"
    ecs.clock.advance(1)
    task = ecs.task(arn)
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "TaskFailedToStart")


def test_containers_that_wait_for_each_other_never_start(ecs):
    ecs.define(
        container("a", depends_on=[("b", "START")]),
        container("b", depends_on=[("a", "START")]),
    )
    arn = ecs.run_one()
    ecs.clock.advance()
    assert "circle" in ecs.task(arn)["stoppedReason"]
