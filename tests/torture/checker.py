"""What may stand under a final name, and what does. A file there is one of the versions that were sent, to the last
byte, or it is a problem: `incomplete` when bytes are missing, else `wrong`."""

import ctypes
import dataclasses
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from sockdropcli import STAGING

BLOCK = 1 << 20
CHUNK = 256 * 1024  # in which files travel
WRONG, INCOMPLETE = "wrong", "incomplete"
COPY = re.compile(r" \(\d+\)(?=(\.[^./]*)?$)")  # how a receiver makes a taken name free
LOOK = 0.05  # seconds between looks of a Watch


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]

    def bytes(self):
        return self.high.to_bytes(8, "big") + self.low.to_bytes(8, "big")


xxh3_128 = ctypes.CDLL("libxxhash.so.0").XXH3_128bits
xxh3_128.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
xxh3_128.restype = Hash128


def chain_digest(path):
    """The first chunk's hash, then always the hash of the digest so far and the next chunk's."""
    digest, chunks = xxh3_128(b"", 0).bytes(), 0
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            own = xxh3_128(chunk, len(chunk)).bytes()
            digest = xxh3_128(digest + own, 32).bytes() if chunks else own
            chunks += 1
    return ("xxh3-128-chain:" if chunks > 1 else "xxh3-128:") + digest.hex()


@dataclasses.dataclass(frozen=True)
class Problem:
    kind: str
    text: str
    when: str = dataclasses.field(default="", compare=False)  # it was seen first


class Wanted:
    """Names as they are sent, each with the files that hold its acceptable versions."""

    def __init__(self):
        self.versions = {}
        self._digests = {}
        self._chains = {}

    def add(self, name, *paths):
        self.versions.setdefault(name, []).extend(map(Path, paths))

    def add_tree(self, path):
        """A dropped path: a file goes by its name, a folder's files by their paths with the folder's name."""
        path = Path(path)
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.is_file():
                self.add(str(file.relative_to(path.parent)), file)

    def whole_digests(self, name):
        """By the independent tool, of all versions."""
        missing = {str(path) for paths in self.versions.values() for path in paths} - self._digests.keys()
        if missing:
            said = subprocess.run(["xxhsum", "-H2", *sorted(missing)], check=True, capture_output=True, text=True).stdout
            for line in said.splitlines():
                digest, path = line.split(maxsplit=1)
                self._digests[path] = "xxh3-128:" + digest
        return {self._digests[str(path)] for path in self.versions[name]}

    def digests(self, name):
        """All that may be told of the versions: hashed as a whole, or chunk by chunk as they travelled."""
        for path in self.versions[name]:
            if path not in self._chains:
                self._chains[path] = chain_digest(path)
        return self.whole_digests(name) | {self._chains[path] for path in self.versions[name]}

    def name_of(self, landed):
        """What was sent to land there; None when nothing was."""
        if landed in self.versions:
            return landed
        original = COPY.sub("", landed)
        return original if original in self.versions else None


def first_difference(path, other):
    """Where the first differing byte is, or where one of them ends; None when they are the same."""
    place = 0
    with open(path, "rb") as one, open(other, "rb") as two:
        while True:
            left, right = one.read(BLOCK), two.read(BLOCK)
            if left != right:
                same = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
                return place + same
            if not left:
                return None
            place += len(left)


def is_empty_from(path, place):
    """Whether nothing but zeros follows: room that was reserved and never written."""
    with open(path, "rb") as file:
        file.seek(place)
        return all(not any(block) for block in iter(lambda: file.read(BLOCK), b""))


def judge(path, versions):
    """None when the file is one of the versions."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return Problem(WRONG, f"{path}: not a file")
    has = os.path.getsize(path)  # before it is read: it may be growing
    differences = []
    for version in versions:
        place = first_difference(path, version)
        if place is None:
            return None
        differences.append((place, version))
    place, version = max(differences, key=lambda difference: difference[0])
    wants = os.path.getsize(version)
    if has < wants and place >= has:
        return Problem(INCOMPLETE, f"{path}: {has} of {wants} bytes")
    if has <= wants and is_empty_from(path, place):
        return Problem(INCOMPLETE, f"{path}: written up to byte {place} of {wants}, then only zeros")
    return Problem(WRONG, f"{path}: {has} bytes, other than any version sent from byte {place} on")


def landed_files(inbox):
    """Relative paths of all that stands under a final name and is no folder."""
    found = []
    for folder, folders, files in os.walk(inbox):
        if folder == str(inbox):
            folders[:] = [name for name in folders if name != STAGING]
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        found += [os.path.relpath(os.path.join(folder, name), inbox) for name in files + links]
    return sorted(found)


def judge_landed(inbox, landed, wanted):
    """The name as sent, and the problem or None."""
    path = os.path.join(inbox, landed)
    name = wanted.name_of(landed)
    if name is not None:
        return name, judge(path, wanted.versions[name])
    for other, versions in wanted.versions.items():
        if any(os.path.getsize(version) == os.path.getsize(path) for version in versions) and not judge(path, versions):
            return None, Problem(WRONG, f"{path}: nobody sent that name; it holds “{other}”")
    return None, Problem(WRONG, f"{path}: nobody sent that name")


@dataclasses.dataclass
class Findings:
    whole: dict  # name as sent: where it stands, relative
    problems: list

    def missing(self, wanted):
        return sorted(wanted.versions.keys() - self.whole.keys())

    def copies(self):
        return sum(len(places) - 1 for places in self.whole.values())


def inspect(inbox, wanted):
    """Compares everything under a final name with what was sent."""
    found = Findings({}, [])
    for landed in landed_files(inbox):
        name, problem = judge_landed(inbox, landed, wanted)
        if problem:
            found.problems.append(problem)
        else:
            found.whole.setdefault(name, []).append(landed)
    return found


class Watch:
    """Judges every file as soon as it is seen under a final name, while the programs run."""

    def __init__(self, inbox, wanted):
        self.problems = []
        self.looks = 0
        self._inbox = inbox
        self._wanted = wanted
        self._seen = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._end.wait(LOOK):
            self.looks += 1
            for landed in landed_files(self._inbox):
                if landed not in self._seen:
                    self._seen.add(landed)
                    try:
                        problem = judge_landed(self._inbox, landed, self._wanted)[1]
                    except FileNotFoundError:
                        problem = Problem(WRONG, f"{landed}: was there, and went away")
                    if problem:
                        self.problems.append(problem)

    def stop(self):
        self._end.set()
        self._thread.join()
        return self.problems
