"""What every other package speaks of: a rollout's state, and the words of its world."""
