"""One kind of load, sent by several, who take turns."""

import dataclasses
import filecmp
import shutil
import statistics

from contenders import Sockdrop
from measure import Failed
from sources import MIB, files_of
from tables import Table, progress

MOST_MEMORY = 64 * MIB  # of each side of ours
STAGING = ".sockdrop-partial"
HEADS = ("seconds", "fastest–slowest", "MB/s", "× ours", "sender CPU s", "peak MiB", "receiver CPU s", "peak MiB")


def check_landed(landed, sent):
    filecmp.clear_cache()  # which believes that a file of the same name, size and time is the one it has seen
    if sent.is_file():
        if not filecmp.cmp(landed, sent, shallow=False):
            raise Failed("the landed file differs")
        return
    names = files_of(sent)
    if files_of(landed) != names:
        raise Failed("other files landed than were sent")
    _, different, broken = filecmp.cmpfiles(sent, landed, names, shallow=False)
    if different or broken:
        raise Failed(f"{len(different + broken)} landed files differ")


def clear(inbox):
    """What is there already would be skipped the next time."""
    for entry in inbox.iterdir():
        if entry.name != STAGING:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def spread(values, digits=2):
    return f"{min(values):.{digits}f}–{max(values):.{digits}f}"


class Case:
    """Whoever fails once is not run again, so the samples with the same number are of the same round."""

    def __init__(self, title, source, total, who):
        self.title = title
        self.source = source
        self.total = total
        self.who = who
        self.samples = {one.name: [] for one in who}
        self.problems = {}

    def run(self, runs):
        for number in range(runs):
            for one in self.who:
                if one.name not in self.problems:
                    progress(f"{self.title}: run {number + 1} of {runs}, {one.name}")
                    self.run_one(one)
        progress("")

    def run_one(self, one):
        try:
            sample = one.send(self.source)
            check_landed(one.inbox / self.source.name, self.source)
            self.samples[one.name].append(sample)
        except (Failed, OSError) as problem:
            self.problems[one.name] = str(problem)
        finally:
            clear(one.inbox)

    def middle(self, name, value):
        return statistics.median(map(value, self.samples[name]))

    def peak(self, name, side):
        """The highest, of side "sender" or "receiver"."""
        return max((getattr(sample, side).peak_bytes for sample in self.samples[name]), default=0)

    def ratios(self, name, ours=Sockdrop.name):
        """Of each round, its seconds by ours: what slows down a round slows down both."""
        ours = self.samples.get(ours, [])
        return [theirs.seconds / our.seconds for theirs, our in zip(self.samples.get(name, []), ours)]

    def complaints(self):
        found = [f"{self.title}: {name}: {problem}" for name, problem in self.problems.items()]
        for side in ("sender", "receiver"):
            peak = self.peak(Sockdrop.name, side) if Sockdrop.name in self.samples else 0
            if peak > MOST_MEMORY:
                found.append(f"{self.title}: {Sockdrop.name}: the {side}'s memory reached {peak / MIB:.0f} MiB")
        return found

    def tables(self):
        return [Table([self.title, *HEADS], [self.row(one) for one in self.who])]

    def row(self, one):
        samples = self.samples[one.name]
        name = one.name + (" (encrypted)" if one.encrypted else "")
        if not samples:
            return [name, "failed"] + ["–"] * (len(HEADS) - 1)
        ratios = self.ratios(one.name)
        middle = self.middle(one.name, lambda s: s.seconds)
        return [name, f"{middle:.2f}", spread([sample.seconds for sample in samples]), f"{self.total / middle / 1e6:.0f}",
                f"{statistics.median(ratios):.2f}" if ratios else "–",
                f"{self.middle(one.name, lambda s: s.sender.cpu_seconds):.2f}", f"{self.peak(one.name, 'sender') / MIB:.0f}",
                f"{self.middle(one.name, lambda s: s.receiver.cpu_seconds):.2f}", f"{self.peak(one.name, 'receiver') / MIB:.0f}"]

    def facts(self):
        return {"case": self.title, "bytes": self.total, "problems": self.problems,
                "contenders": {one.name: self.facts_of(one) for one in self.who}}

    def facts_of(self, one):
        facts = {"encrypted": one.encrypted, "samples": list(map(dataclasses.asdict, self.samples[one.name]))}
        if facts["samples"]:
            facts["medians"] = {
                "seconds": self.middle(one.name, lambda s: s.seconds),
                "bytes_per_second": self.total / self.middle(one.name, lambda s: s.seconds),
                "sender_cpu_seconds": self.middle(one.name, lambda s: s.sender.cpu_seconds),
                "receiver_cpu_seconds": self.middle(one.name, lambda s: s.receiver.cpu_seconds)}
            facts["peaks"] = {side: self.peak(one.name, side) for side in ("sender", "receiver")}
        ratios = self.ratios(one.name)
        if ratios:
            facts["ratios"] = {"each": ratios, "median": statistics.median(ratios)}
        return facts
