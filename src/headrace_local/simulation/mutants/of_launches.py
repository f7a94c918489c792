"""Mutants of how a job is launched: claims, tokens, answers, proofs of absence."""

from __future__ import annotations

from headrace_local.simulation.mutants.mutant import Mutant, library

OF_LAUNCHES = (
    Mutant(
        name="fresh-token-on-every-call",
        removes="The token of a launch is drawn anew for every send of it.",
        # The first send keeps its own: a token that no record has fails at once.
        edits=(
            library(
                "stages/launching.py",
                "answer = ports.tasks.run(LaunchOrder.from_json(job.order_json))",
                "order = LaunchOrder.from_json(job.order_json)\n"
                "        number = job.launch_number + 1000 * (job.launch.sends - 1)\n"
                "        token = f'{job.job_id}-{job.attempt}-{number}'\n"
                "        fresh = {'clientToken': token, 'startedBy': token}\n"
                "        fresh_order = LaunchOrder(token, {**order.request, **fresh})\n"
                "        answer = ports.tasks.run(fresh_order)",
            ),
        ),
    ),
    Mutant(
        name="timeout-treated-as-refusal",
        removes="A RunTask without an answer counts as one that made no task.",
        edits=(
            library(
                "aws/ecs_runner.py",
                'return Unanswered(f"{type(error).__name__}: {error}")',
                "return Refused(\n"
                "                RefusalKind.TRANSIENT, type(error).__name__,"
                " str(error), is_certain=True\n"
                "            )",
            ),
        ),
    ),
    Mutant(
        name="absence-without-quiet-period",
        removes="An empty search proves absence however lately the token was sent.",
        edits=(
            library(
                "jobs/guards.py",
                "        and facts.search_began_at is not None\n"
                "        and facts.search_began_at\n"
                "        >= _after(job.launch.last_sent_at,"
                " facts.windows.quiet_seconds)\n",
                "        and facts.search_began_at is not None\n",
            ),
        ),
    ),
    Mutant(
        name="second-refusal-believed-at-once",
        removes="A refusal is believed though the token was sent before.",
        edits=(
            library(
                "jobs/moves.py",
                "(is_same_launch, holds_lease, is_first_send, is_certain),",
                "(is_same_launch, holds_lease, is_certain),",
            ),
        ),
    ),
    Mutant(
        name="evidence-of-running-tasks-only",
        removes="A search for evidence leaves out tasks that have stopped.",
        edits=(
            library(
                "stages/search.py",
                "evidence[job.job_id] = listings[_family(job)].evidence(job.token)",
                "evidence[job.job_id] = Evidence((), began_at)",
            ),
        ),
    ),
    Mutant(
        name="claim-without-guard",
        removes="The intent to launch is stored over whatever stands there.",
        edits=(
            library(
                "aws/job_updates.py",
                "    put, removed = difference(standing, to_item(after))\n",
                "    put, removed = difference(standing, to_item(after))\n"
                "    if not before.launch and after.launch:\n"
                "        return Update(\n"
                "            put=put, removed=removed,"
                " conditions=('attribute_exists(pk)',)\n"
                "        )\n",
            ),
        ),
    ),
    Mutant(
        name="token-replayed-without-window",
        removes="A token is sent again however old it is.",
        # Giving up comes first for an old launch, and would hide what is missing.
        edits=(
            library(
                "jobs/moves.py",
                "            is_in_replay_window,\n            is_task_unknown,\n",
                "            is_task_unknown,\n",
            ),
            library(
                "stages/supervising.py",
                "    if forbids(Move.PROVE_ABSENT, job, mover) is None:\n",
                "    if _may_replay(job, mover, evidence):\n"
                "        _replay(job, entry, mover, ports)\n"
                "    elif forbids(Move.PROVE_ABSENT, job, mover) is None:\n",
            ),
        ),
    ),
)
