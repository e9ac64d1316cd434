"""From outside, when an execution is dead: what it left behind, and what may go back."""
