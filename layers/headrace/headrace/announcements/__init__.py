"""What others are told of a job: events of its changes, and answers to who waits."""
