"""Seconds of a whole process that embeds one series, beside `import sklearn` alone.

python benchmarks/startup.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import numpy as np

PROGRAMS = {
    "import sklearn": "import sklearn",
    "embed one series": """
import numpy as np
from timenet_sklearn import TimeNetTransformer
TimeNetTransformer(weights="ucr18").transform(np.sin(np.arange(128.0))[None])
""",
    "import tensorflow": "import tensorflow",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    seconds = {name: [] for name in PROGRAMS}
    for _ in range(rounds):
        for name, program in PROGRAMS.items():
            started = time.perf_counter()
            # TensorFlow may be absent: then its line shows how fast an error is.
            subprocess.run([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - started)
    base = np.median(seconds["import sklearn"])
    for name, values in seconds.items():
        middle = np.median(values)
        print(f"{name:18} {middle:5.2f} s   {middle / base:5.2f} x import sklearn")


if __name__ == "__main__":
    main()
