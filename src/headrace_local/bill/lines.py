"""From counts to a bill: each line, and what peers take for the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from headrace_local.bill import prices
from headrace_local.bill.counts import Counts

# How long a call is taken to last on AWS. All calls of an invocation are added up,
# though they run side by side, so functions are billed for more time than they need.
SECONDS = {"ecs": 0.080, "dynamodb": 0.005, "lambda": 0.030}
SECONDS_OF_AN_INVOCATION = 0.010
RETENTION_MONTHS = 35 / 30
LOG_MONTHS = 1.0
MINUTES_OF_A_MONTH = 30 * 24 * 60
# Lambda keeps five long polls of 20 s open at each queue (Lambda Developer Guide,
# "Configuring scaling behavior for SQS event source mappings").
IDLE_POLLS_OF_A_MINUTE = 5 * 3
QUEUES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a bill: so many of what, and dollars.

    `is_kept` says that it is for what stays afterwards, and so follows the retention.
    """

    what: str
    number: float
    dollars: float
    is_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """What the functions are: gigabytes of memory, and `arm64` or `x86_64`."""

    memory_gb: float
    architecture: str


def bill_of_jobs(counts: Counts, functions: Functions) -> list[Line]:
    """Return the lines of a million jobs."""
    each = prices.MILLION / counts.of
    seen = counts.invocations
    polls = 2 * (seen["dispatch"] + seen["record"])  # receive a batch and delete it
    seconds = _seconds(counts.calls, sum(seen.values()))
    gb_seconds = seconds * functions.memory_gb
    stored_gb = counts.stored_bytes / prices.GIBIBYTE
    log_gb = counts.log_bytes / prices.GIBIBYTE
    gb_second = prices.LAMBDA_GB_SECOND[functions.architecture]
    return [
        _line("SQS: requests sent", counts.sends * each, prices.SQS_REQUEST),
        _line("SQS: task events sent", counts.events * each, prices.SQS_REQUEST),
        _line("SQS: batches taken", polls * each, prices.SQS_REQUEST),
        _line("Lambda: invocations", seen.total() * each, prices.LAMBDA_REQUEST),
        _line("Lambda: GB-seconds, at most", gb_seconds * each, gb_second),
        _line("DynamoDB: write units", counts.write_units * each, prices.WRITE_UNIT),
        _line("DynamoDB: read units", counts.read_units * each, prices.READ_UNIT),
        _line("Logs: GB taken in", log_gb * each, prices.LOGS_GB),
        _line(
            "DynamoDB: GB-months, 35 days",
            stored_gb * each * RETENTION_MONTHS,
            prices.TABLE_GB_MONTH,
            is_kept=True,
        ),
        _line(
            "Logs: GB-months, 30 days",
            log_gb * each * LOG_MONTHS,
            prices.LOGS_GB_MONTH,
            is_kept=True,
        ),
    ]


def bill_of_a_month(
    tick: Counts, functions: Functions, *, metrics: int, alarms: int, dashboards: int
) -> list[Line]:
    """Return the lines of a month in which no job is asked for."""
    ticks = MINUTES_OF_A_MONTH
    each = ticks / tick.of
    gb_seconds = _seconds(tick.calls, tick.of) * functions.memory_gb
    polls = IDLE_POLLS_OF_A_MINUTE * QUEUES * MINUTES_OF_A_MONTH
    gb_second = prices.LAMBDA_GB_SECOND[functions.architecture]
    log_gb = tick.log_bytes / prices.GIBIBYTE
    return [
        _line("Scheduler: ticks", ticks, prices.SCHEDULER_INVOCATION),
        _line("Lambda: invocations", ticks, prices.LAMBDA_REQUEST),
        _line("Lambda: GB-seconds, at most", gb_seconds * each, gb_second),
        _line("DynamoDB: write units", tick.write_units * each, prices.WRITE_UNIT),
        _line("DynamoDB: read units", tick.read_units * each, prices.READ_UNIT),
        _line("SQS: Lambda's idle polls", polls, prices.SQS_REQUEST),
        _line("Logs: GB taken in", log_gb * each, prices.LOGS_GB),
        _line("CloudWatch: metrics seen", metrics, prices.METRIC_MONTH),
        _line("CloudWatch: alarms", alarms, prices.ALARM_MONTH),
        _line("CloudWatch: dashboards", dashboards, prices.DASHBOARD_MONTH),
    ]


def peers() -> list[tuple[str, float]]:
    """Return what others take for a million jobs, by their published prices."""
    minute_hours = 1 / 60
    fargate = minute_hours * (
        0.25 * prices.FARGATE_VCPU_HOUR + 0.5 * prices.FARGATE_GB_HOUR
    )
    return [
        ("AWS Batch", 0.0),
        (
            "EventBridge Pipes, SQS to ECS: no validation, no record",
            prices.MILLION * (prices.PIPES_REQUEST + 3 * prices.SQS_REQUEST),
        ),
        *(
            (
                f"Step Functions standard, {number} transitions a job",
                prices.MILLION * number * prices.TRANSITION,
            )
            for number in (2, 3, 5)
        ),
        ("for scale: the smallest Fargate task, for its least minute", fargate * 1e6),
    ]


def total(lines: Iterable[Line]) -> float:
    """Return the dollars of all lines."""
    return sum(line.dollars for line in lines)


def total_of_running(lines: Iterable[Line]) -> float:
    """Return the dollars of all lines but those for what is kept."""
    return total(line for line in lines if not line.is_kept)


def _line(what: str, number: float, price: float, *, is_kept: bool = False) -> Line:
    return Line(what=what, number=number, dollars=number * price, is_kept=is_kept)


def _seconds(calls: Counter[tuple[str, str]], invocations: int) -> float:
    """Return the running time of functions: every call in turn, and a little each."""
    waiting = sum(
        number * SECONDS[operation.partition(".")[0]]
        for (_, operation), number in calls.items()
    )
    return waiting + invocations * SECONDS_OF_AN_INVOCATION
