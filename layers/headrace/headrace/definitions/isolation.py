"""The two classes of jobs, which never share a cluster, a network or a family.

A class is the job definition's, never a request's. What belongs to the untrusted class
is told by the name of its task definition family, so that IAM can tell it too. Pure.
"""

from __future__ import annotations

from enum import StrEnum

UNTRUSTED_FAMILIES = "untrusted-"
"""How the families of the untrusted class begin, and no others.

The template's parameter `UntrustedJobFamilyPrefix` begins with it, and
`JobFamilyPrefix` cannot cover it.
"""


class Isolation(StrEnum):
    """Whether a job's code is ours, or may be anybody's."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"

    @classmethod
    def of_family(cls, family: str) -> Isolation:
        """Return the class that a task definition family belongs to."""
        is_untrusted = family.startswith(UNTRUSTED_FAMILIES)
        return cls.UNTRUSTED if is_untrusted else cls.TRUSTED


def class_problem(isolation: Isolation, family: str) -> str | None:
    """Return why a job of this class may not run this family; None where it may."""
    if Isolation.of_family(family) is isolation:
        return None
    if isolation is Isolation.UNTRUSTED:
        return (
            f"taskDefinition: must be of a family that begins with"
            f" {UNTRUSTED_FAMILIES!r}, as the job is untrusted, but is of {family!r}"
        )
    return (
        f"isolation: must be 'untrusted' for the family {family!r}, because it begins"
        f" with {UNTRUSTED_FAMILIES!r}, but is 'trusted'"
    )
