"""What is sent, and where there is room for it."""

import os
import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

MIB = 1024 * 1024
SMALL_BYTES = 4096
MIXED_FROM = Path("/usr/share")
MIXED_FILES = 20_000  # at most
MEMORY = Path("/dev/shm")
RESERVE = 1024 * MIB  # of the memory: for the programs that are measured, and for who else works here
SLACK = 256 * MIB
DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def size_text(size):
    for unit, name in ((1024 * MIB, "GiB"), (MIB, "MiB"), (1024, "KiB")):
        if size % unit == 0:
            return f"{size // unit:,} {name}"
    return f"{size / MIB:.1f} MiB" if size > MIB else f"{size / 1024:.1f} KiB"


def room_in(place):
    """Bytes that may be put there."""
    if not os.access(place, os.W_OK):
        return 0
    free = shutil.disk_usage(place).free
    if Path(place) == MEMORY:
        # Its size is only a promise: others may use the memory.
        available = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
        free = min(free, int(available[1]) * 1024 - RESERVE)
    return free


def scratch_for(needed):
    """A new folder, in memory where there is room: the disk is not what is measured. None if nowhere is."""
    for place in (MEMORY, tempfile.gettempdir()):
        if room_in(place) > needed + SLACK:
            return Path(tempfile.mkdtemp(prefix="sockdrop-bench-", dir=place))
    return None


def no_room_for(needed):
    return f"neither {MEMORY} nor {tempfile.gettempdir()} has {(needed + SLACK) // MIB:,} MiB free"


class Sources:
    """Makes each source once."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def large(self, size):
        path = self.folder / f"large-{size}.bin"
        if not path.exists():
            with path.open("wb") as file:
                for begin in range(0, size, 8 * MIB):
                    file.write(os.urandom(min(size - begin, 8 * MIB)))
        return path

    def sparse(self, size):
        """Needs no room, and reads as zeros."""
        path = self.folder / f"sparse-{size}.bin"
        with path.open("wb") as file:
            file.truncate(size)
        return path

    def small(self, count):
        path = self.folder / f"small-{count}"
        if not path.exists():
            for number in range(count):
                file = path / f"{number // 100:03}" / f"{number:05}.bin"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(os.urandom(SMALL_BYTES))
        return path

    def mixed(self, most_bytes):
        """A copy: nobody changes it meanwhile, and it is where the others are."""
        path = self.folder / "mixed"
        if not path.exists():
            for file in mixed_files(most_bytes):
                copy = path / file.relative_to(MIXED_FROM)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, copy)
        return path


def keeps_its_name(name):
    """A receiver lands other names changed (PROTOCOL.md, section 4); nobody else does, and they could not be compared."""
    return (name.isprintable() and not set(name) & set(":\\") and name[-1] not in ". " and
            not DEVICE.fullmatch(name) and unicodedata.is_normalized("NFC", name))


def mixed_files(most_bytes):
    """Regular files of MIXED_FROM in sorted order, until there are enough. Only folders that hold one of them are
    sent, because a PUT makes no empty ones."""
    total = 0
    count = 0
    for folder, folders, names in os.walk(MIXED_FROM):
        folders[:] = sorted(filter(keeps_its_name, folders))
        for name in sorted(filter(keeps_its_name, names)):
            file = Path(folder, name)
            if file.is_symlink() or not file.is_file() or not os.access(file, os.R_OK):
                continue
            total += file.stat().st_size
            count += 1
            if total > most_bytes or count > MIXED_FILES:
                return
            yield file


def files_of(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def bytes_of(folder):
    return sum((folder / name).stat().st_size for name in files_of(folder))
