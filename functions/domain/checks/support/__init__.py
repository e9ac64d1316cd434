"""What several checks, and other people's functions, need."""
