"""The command line `headrace`: each command is a thin layer over the client."""

from __future__ import annotations

import sys

INTERRUPTED = 130  # as `exit_codes` has it, which is not imported yet


def main() -> None:
    """Run the command line; this is the program `headrace`."""
    try:
        # Here, so that Ctrl-C while it imports shows no traceback either.
        from headrace_client.cli.root import run  # noqa: PLC0415  # see above

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)


__all__ = ["main"]
