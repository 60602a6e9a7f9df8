"""Runs the command as ``python -m timenet_sklearn.cli``."""

import sys

from timenet_sklearn.cli import main

sys.exit(main())
