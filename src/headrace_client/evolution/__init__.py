"""Would a new version of a definition refuse what was sent for the active one?

Looks at jobs that wait, at messages that nobody took yet, and at schedules.
"""
