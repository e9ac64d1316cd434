"""What Step Functions holds: events of a history, and bytes of a state."""
