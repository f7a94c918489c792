"""What a job costs: calls, writes and log lines counted on the laptop, and priced."""
