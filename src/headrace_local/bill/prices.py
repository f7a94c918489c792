"""List prices of us-east-1, without any free tier. Not ours to keep: check before use.

Sources, the public pages of November 2026: aws.amazon.com/sqs/pricing, /lambda/pricing,
/dynamodb/pricing/on-demand, /cloudwatch/pricing, /eventbridge/pricing,
/step-functions/pricing, /fargate/pricing, /batch/pricing.
"""

from __future__ import annotations

from typing import Final

from headrace_client.planning import prices as fargate

AS_OF: Final = "2026-11"
REGION: Final = "us-east-1"
MILLION: Final = 1_000_000
GIBIBYTE: Final = 2**30

SQS_REQUEST: Final = 0.40 / MILLION
LAMBDA_REQUEST: Final = 0.20 / MILLION
LAMBDA_GB_SECOND: Final = {"arm64": 0.0000133334, "x86_64": 0.0000166667}
WRITE_UNIT: Final = 0.625 / MILLION
READ_UNIT: Final = 0.125 / MILLION
TABLE_GB_MONTH: Final = 0.25 + 0.20
"""Storage, and point-in-time recovery of it."""
LOGS_GB: Final = 0.50
LOGS_GB_MONTH: Final = 0.03
SCHEDULER_INVOCATION: Final = 1.00 / MILLION
ANNOUNCED_EVENT: Final = 1.00 / MILLION
METRIC_MONTH: Final = 0.30
ALARM_MONTH: Final = 0.10
DASHBOARD_MONTH: Final = 3.00

# What others take for a million jobs: control plane only, the task comes on top.
TRANSITION: Final = 25.00 / MILLION
PIPES_REQUEST: Final = 0.40 / MILLION
FARGATE_VCPU_HOUR: Final = fargate.VCPU_HOUR
FARGATE_GB_HOUR: Final = fargate.GB_HOUR
