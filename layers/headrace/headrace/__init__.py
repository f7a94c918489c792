"""Headrace: send a message, get a container run, and know how it ended.

Everything that runs in AWS, from the inside out. The inner packages know no AWS, no
clock and no environment:

    requests      what clients send, and the rejections of what can never run
    definitions   the catalogue's entries, and who is admitted
    parameters    their schema, and checking values against it
    jobs          the record, the one table of legal moves, and what a job becomes
    launches      what ECS is asked for one launch, how often, and the search for it
    tasks         what ECS says of a task, and what its end means

    ports         what the stages need of the world
    stages        dispatch, record, reconcile: decisions joined to ports
    aws           the ports on DynamoDB, ECS and Lambda
    wiring        settings to ports, once per execution environment

Beside them: `errors` (one tree), `identity` (what is derived, never drawn), `windows`
(the protocol's times), `limits`, `settings`, `telemetry`.
"""
