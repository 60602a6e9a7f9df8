"""Training: the one wing that may import Keras."""

import os

# TensorFlow reads it when it is imported, and else logs a dozen lines about the CPU.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
