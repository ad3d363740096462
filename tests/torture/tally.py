"""What came of all rounds: one line for each scenario, and everything for programs."""

import statistics

from checker import INCOMPLETE, WRONG
from rounds import FAILED, LEFT_OUT, MIB, WHOLE

KINDS = (WRONG, INCOMPLETE)  # told in a column each; other kinds of problems together
HEAD = (f"{'':10}{'rounds':>8}{'whole':>8}{'failed clearly':>16}{'wrong':>8}{'incomplete':>12}{'other':>8}"
        f"{'undisturbed':>13}   bytes repeated by round (kill: by kill), median and most")


class Tally:
    """Of one scenario. A round with a problem is neither whole nor clearly failed."""

    def __init__(self, name):
        self.name = name
        self.rounds = []
        self.left_out = None  # why

    def add(self, facts):
        self.rounds.append(facts)

    @property
    def bad(self):
        return [facts for facts in self.rounds if facts["problems"]]

    def good(self, outcome):
        return sum(facts["outcome"] == outcome and not facts["problems"] for facts in self.rounds)

    def with_problem(self, *kinds):
        return sum(any(problem["kind"] in kinds for problem in facts["problems"]) for facts in self.rounds)

    def other(self):
        """Rounds with problems of other kinds only."""
        return sum(not any(problem["kind"] in KINDS for problem in facts["problems"]) for facts in self.bad)

    def undisturbed(self):
        return sum(facts["outcome"] in (WHOLE, FAILED) and not facts["disturbed"] for facts in self.rounds)

    def copied(self):
        return sum(facts["copies"] > 0 for facts in self.rounds)

    def repeated(self):
        return [facts["repeated"] for facts in self.rounds if facts["repeated"] is not None and facts["disturbed"]]

    def line(self):
        if self.left_out:
            return f"{self.name:10}left out: {self.left_out}"
        repeated = self.repeated()
        told = f"{statistics.median(repeated) / MIB:.1f} and {max(repeated) / MIB:.1f} MiB" if repeated else "–"
        left_out, copied = self.good(LEFT_OUT), self.copied()
        return (f"{self.name:10}{len(self.rounds):8}{self.good(WHOLE):8}{self.good(FAILED):16}{self.with_problem(WRONG):8}"
                f"{self.with_problem(INCOMPLETE):12}{self.other():8}{self.undisturbed():13}   {told}"
                + (f"; {left_out} left out" if left_out else "")
                + (f"; files landed twice in {copied}" if copied else ""))

    def facts(self):
        repeated = self.repeated()
        return {"name": self.name, "left_out": self.left_out, "rounds": len(self.rounds), "whole": self.good(WHOLE),
                "failed": self.good(FAILED), "wrong": self.with_problem(WRONG),
                "incomplete": self.with_problem(INCOMPLETE), "other": self.other(),
                "rounds_left_out": self.good(LEFT_OUT), "undisturbed": self.undisturbed(), "landed_twice": self.copied(),
                "repeated_median": statistics.median(repeated) if repeated else None,
                "repeated_most": max(repeated, default=None), "each": self.rounds}


def summary(tallies, seed, seconds):
    played = [tally for tally in tallies if not tally.left_out]
    return (f"seed {seed}: {len(played)} scenarios, {sum(len(tally.rounds) for tally in played)} rounds in {seconds:.0f} s; "
            f"{sum(tally.good(WHOLE) for tally in played)} whole, {sum(tally.good(FAILED) for tally in played)} failed clearly, "
            f"{sum(tally.with_problem(WRONG) for tally in played)} wrong, "
            f"{sum(tally.with_problem(INCOMPLETE) for tally in played)} incomplete, "
            f"{sum(tally.other() for tally in played)} other problems; {len(tallies) - len(played)} scenarios left out")
