"""What goes wrong with the receiver's disk: calls that fail, made to fail by strace, and a disk that is full."""

import collections
import ctypes
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from checker import WRONG
from faultyline import UP, Hold, Trigger
from rounds import MIB, LeftOut, Scenario, Unusable

REST = 3  # seconds without a byte after which a sender is taken to wait for the disk
CALLS = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "copy_file_range", "fdatasync", "fsync", "syncfs",
         "sync_file_range", "fallocate", "ftruncate", "rename", "renameat", "renameat2", "link", "linkat")
SYNCS = {"fdatasync", "fsync", "syncfs", "sync_file_range"}
ERRORS = ("EIO", "ENOSPC", "EDQUOT")
CALL = re.compile(r"(\d+) +(\w+)\((.*)")
NEW_MOUNTS = 0x00020000  # CLONE_NEWNS


def strace(trace, *arguments):
    """Started with a program after it, it is that program; the tracing is done by a grandchild. A leak check at the
    end cannot run beside it."""
    sanitizer = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
    return ["strace", "-D", "-f", "-I", "waiting", "-s", "0", "-o", str(trace), "-E", f"ASAN_OPTIONS={sanitizer}", *arguments]


def tracer_of(pid):
    """0 without one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(re.search(r"TracerPid:\s*(\d+)", status)[1])


class DiskErrors(Scenario):
    """A call of the receiver to the system fails: one of them, or all from one on. How many there are is counted
    first; strace counts them by thread."""

    name = "disk"
    rounds = 120
    smoke_rounds = 20

    def prepare(self):
        if not shutil.which("strace"):
            raise LeftOut("strace is not installed")
        if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode:
            raise LeftOut("strace is not permitted here")
        # Large enough for a journal to be written now and then.
        self.make_sources({"big.bin": 24 * MIB} | {f"small/{number}.bin": number * 4001 for number in range(6)})
        trace = self.folder / "trace"
        round_ = self.measure_usual(under=strace(trace, "-y", "-e", "trace=" + ",".join(CALLS)))
        self.counts, self.mixed = self.count_calls(trace, round_.inbox)
        if not self.counts:
            raise Unusable("none of the calls that could fail was seen")

    @staticmethod
    def count_calls(trace, inbox):
        """How often one thread does a call in the inbox, and which calls go elsewhere too."""
        by_thread, mixed = collections.Counter(), set()
        for line in trace.read_text(errors="replace").splitlines():
            if call := CALL.match(line):
                if str(inbox) in call[3]:
                    by_thread[call[1], call[2]] += 1
                else:
                    mixed.add(call[2])
        counts = {}
        for (_, name), count in by_thread.items():
            counts[name] = max(count, counts.get(name, 0))
        return counts, mixed & counts.keys()

    def play(self, round_):
        chance, index = round_.random, round_.index
        names = sorted(self.counts)
        name = names[index % len(names)]
        error = ERRORS[index // len(names) % len(ERRORS)]
        nth = chance.choice((1, min(2, self.counts[name]), chance.randint(1, self.counts[name])))
        for_good = chance.random() < 0.35
        if index % 8 == 7 and SYNCS & self.counts.keys():
            return self.play_without_syncs(round_, error)
        round_.notes.append(f"{name} {error} {nth}{'+' if for_good else ''}")
        inject = ["-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={nth}{'+' if for_good else ''}"]
        if name in self.mixed:
            self.play_attached(round_, inject)
        else:
            self.play_started(round_, inject)

    def play_started(self, round_, inject):
        """Fails from the receiver's start. Returns the sender's exit code and whether the disk had to be mended."""
        trace = round_.folder / "trace"
        round_.start(self.wanted, self.paths, under=strace(trace, *inject))
        sender = round_.send()
        mended = round_.is_quiet(sender, REST)
        if mended and (tracer := tracer_of(round_.receiver.process.pid)):
            os.kill(tracer, signal.SIGTERM)
        code = round_.conclude(sender)
        round_.disturbed = "(INJECTED)" in trace.read_text(errors="replace")
        return code, mended

    def play_without_syncs(self, round_, error):
        """Nothing reaches the disk for sure: nothing may be told to have landed."""
        names = ",".join(sorted(SYNCS & self.counts.keys()))
        round_.notes.append(f"{names} {error} 1+")
        code, mended = self.play_started(round_, ["-e", f"trace={names}", "-e", f"inject={names}:error={error}:when=1+"])
        if code == 0 and not mended:
            round_.problem(WRONG, "told to have landed, and no sync of the receiver ever succeeded")

    def play_attached(self, round_, inject):
        """Calls that are also made to sockets or pipes fail for the files of the inbox that are open half way only."""
        trace = round_.folder / "trace"
        hold = Hold()
        round_.start(self.wanted, self.paths)
        round_.line.plan(UP, round_.random.randint(200_000, 8 * MIB), hold)
        sender = round_.send()
        files = self.open_files(round_) if round_.until_half_way(hold, sender) else []
        tracer = None
        try:
            if files:
                tracer = self.attach(round_, trace, files, inject)
            hold.release()
            if tracer:
                round_.is_quiet(sender, REST)
        finally:
            self.detach(tracer)
        round_.conclude(sender)
        round_.disturbed = trace.exists() and "(INJECTED)" in trace.read_text(errors="replace")

    @staticmethod
    def open_files(round_):
        files = set()
        for link in Path(f"/proc/{round_.receiver.process.pid}/fd").iterdir():
            try:
                target = Path(os.readlink(link))
            except OSError:
                continue
            if target.is_relative_to(round_.inbox) and target.is_file():
                files.add(str(target))
        return sorted(files)

    @staticmethod
    def attach(round_, trace, files, inject):
        pid = round_.receiver.process.pid
        tracer = subprocess.Popen(
            ["strace", "-f", "-s", "0", "-o", trace, "-p", str(pid), *inject,
             *(word for file in files for word in ("-P", file))],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            round_.until(lambda: all(tracer_of(task.name) for task in Path(f"/proc/{pid}/task").iterdir()), "strace attaches")
        except BaseException:
            DiskErrors.detach(tracer)
            raise
        return tracer

    @staticmethod
    def detach(tracer):
        if tracer and tracer.poll() is None:
            tracer.terminate()
            try:
                tracer.wait(10)
            except subprocess.TimeoutExpired:
                tracer.kill()
                tracer.wait()


class FullDisk(Scenario):
    """A small disk is full, before or while files come. Once the sender has ended or rests, there is room again."""

    name = "full"
    rounds = 30
    smoke_rounds = 4
    size = 40 * MIB  # room for what is sent, also twice

    def prepare(self):
        if os.geteuid() != 0:
            raise LeftOut("needs root")
        self.make_sources({"one.bin": 8 * MIB, "two.bin": 7 * MIB}
                          | {f"small/{number}.bin": number * 3001 for number in range(20)})
        self.measure_usual()

    def play(self, round_):
        disk = round_.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}", "none", disk], capture_output=True, text=True)
        if mounted.returncode:
            raise LeftOut(f"no disk can be mounted here: {mounted.stderr.strip()}")
        try:
            round_.inbox = disk / "inbox"
            round_.inbox.mkdir()
            self.play_on(round_, disk / "filler")
        finally:
            round_.close()
            if round_.problems:
                shutil.copytree(round_.inbox, round_.folder / "inbox", symlinks=True, dirs_exist_ok=True)
            subprocess.run(["umount", "-l", disk], check=True)

    def play_on(self, round_, filler):
        chance = round_.random
        spared = chance.choice((0, 4096, chance.randint(0, 3 * MIB), chance.randint(0, 9 * MIB)))
        round_.start(self.wanted, chance.sample(self.paths, len(self.paths)))
        if round_.index % 2 == 0:
            round_.notes.append(f"full but for {spared}")
            self.fill(filler, spared)
        else:
            place = chance.randrange(self.usual[UP])
            round_.notes.append(f"full but for {spared} from byte {place} on")
            round_.line.plan(UP, place, Trigger(lambda: self.fill(filler, spared)))
        sender = round_.send()
        if round_.is_quiet(sender, REST):
            round_.notes.append("waited")
        round_.disturbed = filler.exists()
        filler.unlink(missing_ok=True)
        round_.conclude(sender)

    @staticmethod
    def fill(filler, spared):
        with filler.open("wb") as file:
            room = os.statvfs(filler.parent)
            size = max(0, room.f_bavail * room.f_frsize - spared)
            while size > 4096:
                try:
                    os.posix_fallocate(file.fileno(), 0, size)
                    return
                except OSError:  # somebody else was faster
                    size -= max(4096, size // 100)


def leave_mounts_behind():
    """What this thread and those it starts mount from now on is gone with the process."""
    if os.geteuid() == 0 and ctypes.CDLL(None).unshare(NEW_MOUNTS) == 0:
        subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True)
