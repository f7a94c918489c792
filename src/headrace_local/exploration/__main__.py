"""`python -m headrace_local.exploration`."""

from __future__ import annotations

from headrace_local.exploration.command import main

if __name__ == "__main__":
    main()
