"""How a rollout ends: whose the aliases are, what the result is, who is told."""
