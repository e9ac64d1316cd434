"""The loop: shift, ask how the canary does, decide, go on to the next stage."""
