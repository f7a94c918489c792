"""Why a job waits, what it does, or why it ended so: told from its record."""
