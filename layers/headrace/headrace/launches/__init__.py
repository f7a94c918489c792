"""What we ask ECS for one launch, how often, and how its tasks are found."""
