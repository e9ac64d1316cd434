"""What all services stand on: the clock, the gateway of every call, faults, and patches of moto."""
