"""What Sockdrop wants to reach, and whether it did in this run. Nobody fails for it: machines differ."""

import dataclasses
import statistics

from cases import MOST_MEMORY, spread
from contenders import CurlNginx, EncryptedSockdrop, Netcat, Rsync, Scp, Sockdrop
from sources import MIB
from tables import Table

MOST_STARTUP = 0.050  # seconds
SPEEDS = ((Sockdrop, "large", Rsync, 1.2), (Sockdrop, "large", CurlNginx, 1.1), (Sockdrop, "large", Netcat, 0.75),
          (Sockdrop, "small", Rsync, 1.0), (EncryptedSockdrop, "large", Scp, 1.5))
UNNAMED = {"large": "1 GiB in one file", "small": "10,000 files of 4 KiB"}


@dataclasses.dataclass
class Target:
    text: str
    value: float | None = None  # None: was not measured
    needed: float = 0.0
    reached: bool | None = None
    figures: str = "–"

    def row(self):
        return [self.text, {True: "reached", False: "not reached", None: "not measured"}[self.reached], self.figures]


def speed(cases, ours, key, peer, needed):
    """Speed by speed of the peer in the same round, which is the peer's seconds by ours."""
    case = cases.get(key)
    text = f"{case.title if case else UNNAMED[key]}: {ours.name} at least {needed:g} × the speed of {peer.name}"
    ratios = case.ratios(peer.name, ours.name) if case else []
    if not ratios:
        return Target(text, needed=needed)
    value = statistics.median(ratios)
    return Target(text, value, needed, value >= needed, f"{value:.2f} × ({spread(ratios)})")


def memory(cases, side):
    """The highest of all cases."""
    text = f"{side}'s peak memory at most {MOST_MEMORY // MIB} MiB"
    peaks = [(case.peak(Sockdrop.name, side), case.title) for case in cases if case.samples.get(Sockdrop.name)]
    if not peaks:
        return Target(text, needed=MOST_MEMORY)
    value, title = max(peaks)
    return Target(text, value, MOST_MEMORY, value <= MOST_MEMORY, f"{value / MIB:.1f} MiB ({title})")


def begin(startup, mark, what):
    text = f"from the start of the command to {what}: at most {MOST_STARTUP * 1000:.0f} ms"
    if not startup or not startup.samples:
        return Target(text, needed=MOST_STARTUP)
    value = startup.middle(mark)
    times = [sample[mark] * 1000 for sample in startup.samples]
    return Target(text, value, MOST_STARTUP, value <= MOST_STARTUP, f"{value * 1000:.1f} ms ({spread(times, 1)})")


def targets(cases, studies):
    """`cases` and `studies` by their names, those that were run."""
    all_cases = [*cases.values()]
    for name in ("scale", "big"):
        all_cases += studies[name].cases if name in studies else []
    return [*(speed(cases, *wanted) for wanted in SPEEDS),
            *(memory(all_cases, side) for side in ("sender", "receiver")),
            begin(studies.get("startup"), "payload", "the first payload byte"),
            begin(studies.get("startup"), "landed", "“landed”")]


def table(found):
    return Table(["Targets", "", "median (range)"], [target.row() for target in found], left=3)
