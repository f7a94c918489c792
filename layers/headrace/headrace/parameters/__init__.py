"""A job's parameters: their schema, its formats, and checking values against it."""
