"""The probe: calls at an even rate, so that a quiet function is exercised through each bake."""
