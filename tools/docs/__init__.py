"""`make docs`: what the documents say of the code, the code writes."""
