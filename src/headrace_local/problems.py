"""What can go wrong with the laptop run, in words for the person running it."""

from __future__ import annotations


class LaptopRunError(Exception):
    """The laptop run cannot start or go on.

    Args:
        what: what failed, in one sentence.
        why: what is known about the cause.
        advice: something to try.
    """

    def __init__(self, what: str, *, why: str, advice: str) -> None:
        super().__init__(f"{what} {why} {advice}")
        self.what = what
        self.why = why
        self.advice = advice


class PortTakenError(LaptopRunError):
    """A port that was asked for belongs to another program."""


class NotInstalledError(LaptopRunError):
    """A program or package that the laptop run needs is missing."""


class NoContainerEngineError(LaptopRunError):
    """Containers were asked for, and no engine answers."""


class ServerFailedError(LaptopRunError):
    """The emulator or the local ECS did not start, or ended on its own."""


class BuildFailedError(LaptopRunError):
    """A layer or a function cannot be built from its sources."""


class BrokenTemplateError(LaptopRunError):
    """The template cannot be read, or the stack cannot be made from it."""


class RegistrationFailedError(LaptopRunError):
    """A job definition was refused."""


class AlreadyRunningError(LaptopRunError):
    """Another laptop run holds the same state folder."""
