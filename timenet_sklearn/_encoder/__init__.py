"""The frozen encoder, in NumPy alone."""
