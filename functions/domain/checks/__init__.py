"""The checks that can be made of a canary's health: one file a kind, all named in registry.py."""
