"""The judge: whether the canary fails more often than the baseline in the same minutes."""
