"""From the input as it was given to a sound request, or one error with all its problems."""
