"""Every single fault, and many pairs, in a rollout of a group: whatever fails, it ends whole."""
