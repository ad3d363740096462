"""Processes of the benchmark: started, timed, measured, ended."""

import contextlib
import dataclasses
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLING = 0.05  # seconds at most
PATIENCE = 600  # seconds for one transfer


class Failed(Exception):
    """A contender did not do its work."""


@dataclasses.dataclass
class Usage:
    """Of one side, all its processes together."""
    cpu_seconds: float = 0.0
    peak_bytes: int = 0


@dataclasses.dataclass
class Sample:
    seconds: float
    sender: Usage
    receiver: Usage


def tree(pid):
    """The process and those below it."""
    found = [pid]
    # Any of them may end while we look.
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += tree(int(child))
    return found


def cpu_seconds(pid):
    """Of the process and all below it, dead ones too."""
    ticks = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def peak_bytes(pid):
    """The sum of what each living process of the tree had resident at most (VmHWM)."""
    total = 0
    for one in tree(pid):
        try:
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
    return total


def forget_peaks(pid):
    """A server that stays up shall not be told the peak of an earlier run. Where this is not allowed it is."""
    for one in tree(pid):
        try:
            Path(f"/proc/{one}/clear_refs").write_text("5")  # proc(5): VmHWM starts over
        except OSError:
            continue


class Watch:
    """Samples the peaks of some processes while it is entered. The peak that wait4() tells is of no use: it
    is that of the forking process when that is larger."""

    def __init__(self, *pids):
        self.peaks = dict.fromkeys(pids, 0)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def _sample(self):
        pause = SAMPLING / 10  # in the beginning: a short transfer would be over before the first look
        while not self._end.wait(pause):
            self.look()
            pause = min(pause * 1.25, SAMPLING)

    def look(self):
        for pid in self.peaks:
            self.peaks[pid] = max(self.peaks[pid], peak_bytes(pid))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._end.set()
        self._thread.join()


def start(command, **options):
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
    return subprocess.Popen([str(word) for word in command], start_new_session=True, **options)


def wait(process):
    """Its CPU seconds with those of its children; it must succeed."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"{Path(process.args[0]).name} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def end(process):
    """With everything that it started in its session."""
    if process and process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):  # when it left nobody
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def patience(process):
    """Nobody's hang may become ours; the error is that the process did not succeed."""
    alarm = threading.Timer(PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        end(process)  # nothing to do unless we were interrupted


def measure(command, receiver, receiver_ends=False, **options):
    """One transfer: from the start of the sender until it has ended, and the receiver too if it does."""
    forget_peaks(receiver.pid)
    before = cpu_seconds(receiver.pid)
    began = time.monotonic()
    sender = start(command, **options)
    with patience(sender), Watch(sender.pid, receiver.pid) as watch:
        sender_cpu = wait(sender)
        receiver_cpu = wait(receiver) if receiver_ends else None
        seconds = time.monotonic() - began
    if receiver_cpu is None:
        watch.look()
        receiver_cpu = cpu_seconds(receiver.pid) - before
    return Sample(seconds, Usage(sender_cpu, watch.peaks[sender.pid]), Usage(receiver_cpu, watch.peaks[receiver.pid]))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(is_so, process, otherwise):
    until = time.monotonic() + 20
    while not is_so():
        if process.poll() is not None or time.monotonic() > until:
            raise Failed(otherwise)
        time.sleep(0.01)


def wait_listening(process, port):
    """Looks instead of knocking: nc takes one connection only."""
    listening = re.compile(f" 0100007F:{port:04X} [0-9A-F]+:[0-9A-F]+ 0A ")
    wait_until(lambda: listening.search(Path("/proc/net/tcp").read_text()), process,
               f"{Path(process.args[0]).name} does not listen")
