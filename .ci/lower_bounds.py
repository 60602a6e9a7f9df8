"""Print a pip constraint ``name==lowest`` for all that the extra `test` brings.

python .ci/lower_bounds.py > constraints.txt
python -m pip install --constraint constraints.txt ".[test]"
"""

import configparser
import re
from pathlib import Path

config = configparser.ConfigParser()
config.read(Path(__file__).resolve().parent.parent / "setup.cfg", encoding="utf-8")
extras = config["options.extras_require"]


def find_bounds(text: str) -> set[str]:
    """Find the bounds of some requirements, and of the extras that they name."""
    found = set()
    for line in map(str.strip, text.splitlines()):
        if own := re.fullmatch(r"timenet_sklearn\[(.*)\]", line):
            found |= {
                b for name in own[1].split(",") for b in find_bounds(extras[name])
            }
        elif bound := re.fullmatch(r"([\w.-]+)\s*>=\s*([\w.]+)", line):
            found.add("==".join(bound.groups()))
    return found


lowest = find_bounds(config["options"]["install_requires"] + extras["test"])
print(*sorted(lowest), sep="\n")
