"""What is looked at of sockdrop itself: how it grows with the number and the size of files, and how fast it begins."""

import json
import statistics
import subprocess
import threading
import time

import sources
from cases import Case, check_landed, clear, spread
from contenders import Rsync, Sockdrop
from measure import Failed, end, patience, start, wait, wait_until
from relay import Relay
from sources import MIB, SMALL_BYTES, size_text
from tables import Table, progress


class Scale:
    """Some small files and ten times as many: is the time linear, is the memory flat?"""

    def __init__(self, made, count, who):
        self.who = [one for one in who if type(one) in (Sockdrop, Rsync)]
        self.counts = (count, 10 * count)
        self.cases = [Case(f"{each:,} files of 4 KiB", made.small(each), each * SMALL_BYTES, self.who)
                      for each in self.counts]

    def run(self, runs):
        for case in self.cases:
            case.run(runs)

    def complaints(self):
        return [line for case in self.cases for line in case.complaints()]

    def growth(self, one):
        """Of ten times as many files beside the fewer: the time for each file, and the peaks."""
        few, many = self.cases
        if not few.samples[one.name] or not many.samples[one.name]:
            return None
        seconds = [case.middle(one.name, lambda s: s.seconds) for case in self.cases]
        return {"seconds_per_file": seconds[1] / seconds[0] / 10} | {
            f"{side}_peak": many.peak(one.name, side) / max(few.peak(one.name, side), 1) for side in ("sender", "receiver")}

    def tables(self):
        heads = ["Many files of 4 KiB", "files", "seconds", "seconds for each 10,000", "sender's peak MiB",
                 "receiver's peak MiB"]
        rows = [self.row(one, count, case) for one in self.who for count, case in zip(self.counts, self.cases)]
        return [Table(heads, rows, [self.note(one) for one in self.who if self.growth(one)])]

    @staticmethod
    def row(one, count, case):
        if not case.samples[one.name]:
            return [one.name, f"{count:,}", "failed", "–", "–", "–"]
        seconds = case.middle(one.name, lambda s: s.seconds)
        return [one.name, f"{count:,}", f"{seconds:.2f}", f"{seconds / count * 10_000:.2f}",
                *(f"{case.peak(one.name, side) / MIB:.0f}" for side in ("sender", "receiver"))]

    def note(self, one):
        growth = self.growth(one)
        return (f"{one.name}: with ten times as many files each takes {growth['seconds_per_file']:.2f} × the time; peak memory: "
                f"sender {growth['sender_peak']:.2f} ×, receiver {growth['receiver_peak']:.2f} ×")

    def facts(self):
        return {"cases": [case.facts() for case in self.cases], "growth": {one.name: self.growth(one) for one in self.who}}


class Big:
    """A file and a much larger one, once each: is the memory flat? In a scratch of its own, a disk if need be."""

    def __init__(self, folder, sizes, is_sparse):
        self.place = folder.parent
        self.is_sparse = is_sparse
        made = sources.Sources(folder / "sources")
        self.ours = Sockdrop(folder / "sockdrop")
        paths = [made.large(sizes[0]), made.sparse(sizes[1]) if is_sparse else made.large(sizes[1])]
        self.cases = [Case(f"{size_text(size)} in one file", path, size, [self.ours]) for size, path in zip(sizes, paths)]

    @staticmethod
    def scratch(sizes):
        """A folder with room for both and for what lands of them, one after the other, and whether the large one
        must be sparse for it. No folder when there is no room either way."""
        for is_sparse in (False, True):
            folder = sources.scratch_for(Big.needed(sizes, is_sparse))
            if folder:
                return folder, is_sparse
        return None, True

    @staticmethod
    def needed(sizes, is_sparse):
        return sizes[0] + (0 if is_sparse else sizes[1]) + max(sizes)

    def run(self):
        for case in self.cases:
            case.run(1)

    def complaints(self):
        return [line for case in self.cases for line in case.complaints()]

    def tables(self):
        heads = ["Large files", "seconds", "MB/s", "sender's peak MiB", "receiver's peak MiB"]
        rows = [self.row(case) for case in self.cases]
        sparse = "; the larger one is sparse and reads as zeros, for want of room" if self.is_sparse else ""
        return [Table(heads, rows, [f"One run in {self.place}{sparse}"])]

    def row(self, case):
        if not case.samples[self.ours.name]:
            return [case.title, "failed", "–", "–", "–"]
        seconds = case.middle(self.ours.name, lambda s: s.seconds)
        return [case.title, f"{seconds:.2f}", f"{case.total / seconds / 1e6:.0f}",
                *(f"{case.peak(self.ours.name, side) / MIB:.0f}" for side in ("sender", "receiver"))]

    def facts(self):
        return {"place": str(self.place), "sparse": self.is_sparse, "cases": [case.facts() for case in self.cases]}


class Told:
    """When a receiver says which event."""

    def __init__(self, stream):
        self.seen = {}
        self._stream = stream
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._stream:
            now = time.monotonic()
            event = json.loads(line)
            self.seen.setdefault(event["event"], (now, event))


class Startup:
    """From the start of the command until a file of one byte is there. The receiver is up already."""
    MARKS = {"payload": "first payload byte on its way to the receiver",
             "landed": "“landed” on its way back from the receiver",
             "ended": "the command has ended",
             "told": "“landed” in the receiver's --json, which comes ten times a second"}

    def __init__(self, made, folder):
        self.ours = Sockdrop(folder / "startup")
        self.source = made.large(1)
        self.samples = []
        self.problem = None

    def run(self, starts):
        receiver = self.ours.receive(subprocess.PIPE)
        relay = None
        try:
            told = Told(receiver.stdout)
            wait_until(lambda: "listening" in told.seen, receiver, "sockdrop-cli receive does not listen")
            relay = Relay(told.seen["listening"][1]["port"])
            for number in range(starts):
                progress(f"1 byte: run {number + 1} of {starts}")
                self.samples.append(self.run_one(receiver, relay, told))
        except (Failed, OSError) as problem:
            self.problem = str(problem)
        finally:
            progress("")
            if relay:
                relay.close()
            end(receiver)

    def run_one(self, receiver, relay, told):
        relay.seen.clear()
        told.seen.clear()
        began = time.monotonic()
        sender = start(self.ours.sending(self.source, relay.port), env=self.ours.env)
        with patience(sender):
            wait(sender)
        ended = time.monotonic()
        wait_until(lambda: "landed" in told.seen, receiver, "sockdrop-cli receive does not say that the file landed")
        check_landed(self.ours.inbox / self.source.name, self.source)
        clear(self.ours.inbox)
        if relay.seen.keys() != {"payload", "landed"}:
            raise Failed("payload or “landed” did not pass the relay")
        times = {**relay.seen, "ended": ended, "told": told.seen["landed"][0]}
        return {mark: times[mark] - began for mark in self.MARKS}

    def middle(self, mark):
        return statistics.median(sample[mark] for sample in self.samples)

    def complaints(self):
        return [f"1 byte: {self.problem}"] if self.problem else []

    def tables(self):
        rows = [self.row(mark) for mark in self.MARKS] if self.samples else []
        return [Table([f"One byte, median of {len(self.samples)} starts", "milliseconds", "fastest–slowest"], rows)]

    def row(self, mark):
        times = [sample[mark] * 1000 for sample in self.samples]
        return [self.MARKS[mark], f"{statistics.median(times):.1f}", spread(times, 1)]

    def facts(self):
        return {"problem": self.problem, "samples": self.samples,
                "medians": {mark: self.middle(mark) for mark in self.MARKS} if self.samples else {}}
