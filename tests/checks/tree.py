"""What the checks share: the files of the source tree, and how a check reports."""

import os
import sys
from pathlib import Path

SOURCES = (".h", ".cpp")
SKIPPED = {".git", "build", "__pycache__"}


def files(root, *folders):
    """Every file below the folders of root (all of it by default), sorted, without build results."""
    for start in folders or (".",):
        for folder, names, found in os.walk(Path(root) / start):
            names[:] = sorted(name for name in names if name not in SKIPPED)
            for name in sorted(set(found) - SKIPPED):
                yield Path(folder, name).relative_to(root)


def sources(root, *folders):
    return [path for path in files(root, *folders) if path.suffix in SOURCES]


def report(name, problems, looked_at):
    """Prints the problems and ends the program: 0 without any, 1 otherwise, also when nothing was looked at."""
    for problem in problems:
        print(problem)
    if not looked_at:
        print(f"{name}: found nothing to look at")
    print(f"{name}: {looked_at} looked at, {len(problems)} problems")
    sys.exit(1 if problems or not looked_at else 0)
