"""Print a pip constraint ``name==lowest`` for each bound in setup.cfg.

python .ci/lower_bounds.py > constraints.txt
python -m pip install --constraint constraints.txt ".[test]"
"""

import configparser
import re
from pathlib import Path

config = configparser.ConfigParser()
config.read(Path(__file__).resolve().parent.parent / "setup.cfg", encoding="utf-8")
groups = [
    config["options"]["install_requires"],
    *config["options.extras_require"].values(),
]
lowest = set()
for line in "\n".join(groups).splitlines():
    if bound := re.fullmatch(r"([\w.-]+)\s*>=\s*([\w.]+)", line.strip()):
        lowest.add("==".join(bound.groups()))
print(*sorted(lowest), sep="\n")
