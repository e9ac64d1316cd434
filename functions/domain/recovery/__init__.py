"""What is done from outside, when an execution is dead: what it left, and what may be restored."""
