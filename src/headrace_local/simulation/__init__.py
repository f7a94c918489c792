"""A whole deployment in one greenlet loop on virtual time, with faults from a seed.

The product's own functions, stages and AWS adapters run; only the SDK's clients are
replaced, by AWS in memory behind wires that fail. Run it with
``python -m headrace_local.simulation`` or ``make simulate``.
"""
