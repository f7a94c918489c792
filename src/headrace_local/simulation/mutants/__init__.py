"""The protocol with one guard removed, many times over: the simulation must notice.

Each mutant is a patch of the product's own code. Run them with
``python -m headrace_local.simulation.mutants``.
"""
