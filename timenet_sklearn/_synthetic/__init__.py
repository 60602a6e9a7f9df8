"""Generated series: NumPy and SciPy alone, so that data sets need no Keras."""
