"""What people start: `make demo`, and `make sandbox` with its door to the network."""
