"""Makes the environments that `make` works in (`python -m tools.install`)."""
