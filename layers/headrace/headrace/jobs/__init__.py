"""The job: its record, the one table of legal moves, and what it becomes."""
