"""The lines that a job's containers printed, from CloudWatch Logs."""
