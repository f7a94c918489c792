"""What would become of a request, told from a snapshot: no AWS, no network."""
