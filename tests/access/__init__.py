"""Who may do what in the deployed stack: calls that are made, and policies that allow.

`deployed` makes template.yaml concrete, `functions`, `services` and `people` tell the
calls that are made, `refused` those that must not be, `changes` take statements apart,
and `engine` asks a public implementation of IAM's rules.
"""
