"""From a sound request to a plan, or one error with all that speaks against it."""
