"""List prices of AWS Fargate, without any discount. Not ours to keep: check them.

Linux on x86 in us-east-1; ARM costs about a fifth less, other regions up to a third
more. Source: aws.amazon.com/fargate/pricing.
"""

from __future__ import annotations

from typing import Final

AS_OF: Final = "2026-11"
REGION: Final = "us-east-1"
SOURCE: Final = "https://aws.amazon.com/fargate/pricing/"

VCPU_HOUR: Final = 0.04048
GB_HOUR: Final = 0.004445
STORAGE_GB_HOUR: Final = 0.000111

STORAGE_GB_FREE: Final = 20
SECONDS_MIN: Final = 60
"""A task is charged for a minute at least, from the pull of its image to its end."""
