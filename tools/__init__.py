"""What the project is made ready, checked and packed with."""
