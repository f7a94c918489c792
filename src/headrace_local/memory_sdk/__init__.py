"""Amazon DynamoDB, S3 and SQS in memory, as boto3's low-level clients call them.

For simulations and tests: correct, fast, and on a clock of the caller's. They inject
no faults.
"""

from __future__ import annotations

from headrace_local.memory_sdk.dynamodb import MemoryDynamoDb
from headrace_local.memory_sdk.queue_messages import SqsMessage
from headrace_local.memory_sdk.s3 import MemoryS3
from headrace_local.memory_sdk.sqs import MemorySqs

__all__ = ["MemoryDynamoDb", "MemoryS3", "MemorySqs", "SqsMessage"]
