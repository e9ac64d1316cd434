"""The channels through which people and machines are told of a rollout: one file each."""
