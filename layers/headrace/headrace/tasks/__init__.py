"""What ECS says of a task, and what its end means for the job."""
