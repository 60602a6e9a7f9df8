"""Tell which dependencies that setup.cfg names are not the newest here, and why.

An environment that pip made just now has the newest of all, unless another package
holds one back. Asks the package index, by pip; the status is 1 where nothing installed
explains an older version.
"""

import configparser
import json
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

config = configparser.ConfigParser()
config.read(Path(__file__).resolve().parent.parent / "setup.cfg", encoding="utf-8")
groups = [
    config["options"]["install_requires"],
    *config["options.extras_require"].values(),
]
declared = {
    canonicalize_name(match[0])
    for line in "\n".join(groups).splitlines()
    if (match := re.match(r"[\w.-]+(?!.*\])", line.strip()))
}
outdated = json.loads(
    subprocess.check_output(
        [sys.executable, "-m", "pip", "list", "--outdated", "--format", "json"]
    )
)
unexplained = 0
for package in outdated:
    name = canonicalize_name(package["name"])
    if name not in declared:
        continue
    holders = {
        str(other.metadata["Name"]): text
        for other in distributions()
        for text in other.requires or ()
        if canonicalize_name((need := Requirement(text)).name) == name
        and not need.specifier.contains(package["latest_version"])
        and (need.marker is None or need.marker.evaluate({"extra": ""}))
    }
    reason = ", ".join(f"{by} asks for {text}" for by, text in holders.items())
    print(
        f"{name} {package['version']}, newest {package['latest_version']}:",
        reason or "nothing here holds it back",
    )
    unexplained += not holders
sys.exit(unexplained > 0)
