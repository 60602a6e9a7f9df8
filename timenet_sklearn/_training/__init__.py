"""Training: the one wing that may import Keras."""
