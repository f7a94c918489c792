"""Every maximum of a request and of a definition, and who set it.

Numbers and patterns only; the launch's own limits are beside the launch.
"""

from __future__ import annotations

# --- The request as a whole -------------------------------------------------------
BODY_BYTES_MAX = 1_048_576  # SQS, "Message quotas": 1 MiB
NESTING_MAX = 32  # ours: deeper than any form, shallower than any stack
INTEGER_MAX = 2**53 - 1  # RFC 7493 section 2.2: beyond it, readers disagree
NUMBER_CHARACTERS_MAX = 40  # ours: more digits than a double keeps, twice over

# --- Names ------------------------------------------------------------------------
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"  # ours: fits every key and env var
TENANT_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
IDEMPOTENCY_KEY_PATTERN = r"^[A-Za-z0-9._:@/+-]{1,256}$"
JOB_VERSION_MAX = 999_999  # ours: six digits in the definition's key

# --- Parameters -------------------------------------------------------------------
PARAMETER_VALUES_MAX = 100_000  # ours: ten such requests are checked in a batch's time

# --- Carried fields (into the record, the task's environment and the events) ------
CARRIED_TEXT_PATTERN = r"^[^\x00-\x1f\x7f]*$"  # no control characters: no forged logs
CORRELATION_ID_CHARACTERS_MAX = 128
REQUESTED_BY_CHARACTERS_MAX = 256
TRACEPARENT_CHARACTERS = 55  # W3C Trace Context section 3.2
LABELS_MAX = 20
LABEL_KEY_PATTERN = r"^[A-Za-z0-9._/-]{1,63}$"
LABEL_VALUE_CHARACTERS_MAX = 256

# --- Who is told of the end --------------------------------------------------------
TASK_TOKEN_CHARACTERS_MAX = 2048  # Step Functions API, SendTaskSuccess.taskToken
TASK_TOKENS_MAX = 5  # ours: of one job; each is up to 2 KiB of its item

# --- Time -------------------------------------------------------------------------
SCHEDULED_AHEAD_DAYS_MAX = 365
TIMEOUT_SECONDS_MAX = 1_209_600  # ours: 14 days, well inside the record's retention
START_TIMEOUT_SECONDS_MAX = 86_400
START_DEADLINE_SECONDS_MAX = 31_536_000  # ours: a year, as scheduledAt
BACKOFF_SECONDS_MAX = 86_400
BACKOFF_FACTOR_MAX = 10

# --- Retries ----------------------------------------------------------------------
ATTEMPTS_MAX = 10  # AWS Batch RetryStrategy: 1 to 10
INFRASTRUCTURE_RETRIES_MAX = 50
RULES_MAX = 10
RULE_PATTERN_CHARACTERS = 512  # AWS Batch EvaluateOnExit: 512
EXIT_CODE_PATTERN = r"^(?:[0-9]{1,10}\*?|\*)(?:\|(?:[0-9]{1,10}\*?|\*))*$"

# --- Sizes ------------------------------------------------------------------------
CPU_UNITS_MIN, CPU_UNITS_MAX = 128, 196_608  # ECS API, TaskDefinition.cpu
MEMORY_MIB_MIN, MEMORY_MIB_MAX = 4, 25_165_824  # ours above: the largest EC2 is 24 TiB
EPHEMERAL_STORAGE_GIB_MIN, EPHEMERAL_STORAGE_GIB_MAX = 21, 200  # ECS EphemeralStorage
MEMORY_RUNGS_MAX = 10
CAPACITIES_MAX = 5
CAPACITY_PATTERN = r"^[A-Za-z0-9_-]{1,255}$"  # ECS CreateCapacityProvider.name

# --- Definitions ------------------------------------------------------------------
TASK_DEFINITION_PATTERN = r"^[A-Za-z0-9_-]{1,255}(?::[1-9][0-9]{0,9})?$"  # ECS family
CONTAINER_PATTERN = r"^[A-Za-z0-9_-]{1,255}$"  # ECS ContainerDefinition.name
COMMAND_ARGUMENTS_MAX = 100
COMMAND_CHARACTERS_MAX = 4096  # of all arguments; half of what ECS overrides may hold
EXIT_CODES_MAX = 20
OWNER_CHARACTERS_MAX = 256
DESCRIPTION_CHARACTERS_MAX = 1024
SCHEMA_BYTES_MAX = 32_768  # ours: an item holds the definition and its schema
SCHEMA_PATTERN_CHARACTERS_MAX = 256
