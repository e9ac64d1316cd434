"""The environments that `make` works in, and how they are made (`python -m tools.install`)."""
