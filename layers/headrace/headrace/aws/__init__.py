"""Adapters: the ports on AWS, one module each, all through botocore clients."""
