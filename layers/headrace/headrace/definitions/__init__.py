"""The catalogue's entries: what may be run, with which limits, and who is admitted."""
