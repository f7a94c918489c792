"""Real kills on the laptop pipeline, and the account of what became of every job.

`python -m headrace_local.chaos` brings the pipeline up, sends jobs through it while
processes are killed with SIGKILL at random, and then holds what the table says against
what the local ECS and the tasks themselves recorded. docs/chaos.md tells more.
"""
