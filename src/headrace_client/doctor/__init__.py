"""The doctor: looks at a deployment from end to end, and says what is wrong."""

from __future__ import annotations

from headrace_client.doctor.examination import Examination, examine
from headrace_client.doctor.findings import Finding, Verdict

__all__ = ["Examination", "Finding", "Verdict", "examine"]
