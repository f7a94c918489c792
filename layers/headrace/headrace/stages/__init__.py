"""The stages: decisions joined to ports. One verb each; no AWS, no clock, no env."""
