"""Checks with tools that live in an environment of their own (`make audit`)."""
