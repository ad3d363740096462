"""One round: a receiver, a line to it, senders, and the judgement of what came of them."""

import dataclasses
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

import sockdropcli
from checker import WRONG, Problem, Wanted, Watch, inspect
from faultyline import DOWN, UP, Line
from sockdropcli import Cli, Receiver

WHOLE, FAILED, LEFT_OUT = "whole", "failed", "left out"
HUNG, CRASHED, UNCLEAR, STUCK, NOT_WHOLE, BROKEN = "hung", "crashed", "unclear", "stuck", "not whole", "broken"
REFUSALS = {1, 3, 4, 5}  # exit codes of a sender that tells of a failure
WARNING = "not encrypted"  # said by every run; tells of no failure
SHORTEST_TEXT = 16
ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")
MIB = 1 << 20
SIGN_OF_LIFE = 4096  # bytes: that much passes without anything being sent


class Hung(Exception):
    """Something took longer than anybody would wait."""


class LeftOut(Exception):
    """This cannot be tried here."""


class Unusable(Exception):
    """It does not even work undisturbed."""

    def __init__(self, text, problems=()):
        super().__init__(text)
        self.problems = [*problems, Problem(BROKEN, text)]


@dataclasses.dataclass
class Setting:
    """What all rounds share."""
    seed: int
    smoke: bool
    patience: float
    retries: bool  # whether the sender reconnects by itself

    @property
    def retry_for(self):
        return 20 if self.smoke else 60


def knows_retries():
    return "--retry-for" in subprocess.run([sockdropcli.program(), "send", "--help"], stdin=subprocess.DEVNULL,
                                           capture_output=True, text=True, timeout=sockdropcli.PATIENCE).stdout


class Round:
    def __init__(self, setting, scenario, index, folder):
        self.setting = setting
        self.scenario = scenario
        self.index = index
        self.folder = Path(folder)
        self.random = random.Random(f"{setting.seed}/{scenario}/{index}")
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir(parents=True)
        self.wanted = Wanted()
        self.paths = []
        self.line = None
        self.receivers = []
        self.senders = []
        self.outcome = None
        self.problems = []
        self.notes = []
        self.repeated = None
        self.copies = 0  # files that landed more often than once
        self.disturbed = False
        self._began = time.monotonic()
        self._watch = None
        self._told = {}  # on stderr, once ended

    # Both ends

    def start(self, wanted, paths, under=(), **options):
        """A receiver, the line to it, and a watch over what lands; nothing is sent yet."""
        self.wanted = wanted
        self.paths = list(paths)
        self.start_receiver(under=under)
        self.line = Line(self.receiver.port, **options)
        self._watch = Watch(self.inbox, wanted)

    @property
    def receiver(self):
        return self.receivers[-1]

    @property
    def sender(self):
        return self.senders[-1]

    def start_receiver(self, port=0, under=()):
        receiver = Receiver(self.folder / "home-receiver", self.inbox, "--port", port,
                            under=[*ENDS_WITH_US, *under])
        self.receivers.append(receiver)
        return receiver

    def restart_receiver(self):
        """On its old port. Another program's connection may have it for a moment."""
        for attempt in range(50):
            try:
                return self.start_receiver(self.line.target)
            except AssertionError as problem:
                if attempt == 49 or "in use" not in str(problem):
                    raise
                time.sleep(0.1)

    def send(self, *paths, address=None, home="home-sender", retry_for=None):
        """Starts a sender of these paths, or of those of the round."""
        patience = ["--retry-for", retry_for or self.setting.retry_for] if self.setting.retries else []
        sender = Cli(self.folder / home, "send", "--plain", "--to", address or self.line.address, *patience, *(paths or self.paths),
                     under=ENDS_WITH_US)
        self.senders.append(sender)
        return sender

    # Waiting

    def until(self, is_so, what):
        end = time.monotonic() + self.setting.patience
        while not is_so():
            if time.monotonic() > end:
                raise Hung(what)
            time.sleep(0.005)

    def end_of(self, cli, what="the sender"):
        try:
            return cli.finish(self.setting.patience)
        except subprocess.TimeoutExpired:
            raise Hung(f"{what} does not end; its last events: {cli.events[-3:]}") from None

    def is_quiet(self, sender, seconds):
        """True once next to nothing has passed for so long; False when the sender has ended."""
        passed, since = None, 0.0
        end = time.monotonic() + self.setting.patience
        while sender.process.poll() is None:
            now, sum_now = time.monotonic(), sum(self.line.passed.values())
            if now > end:
                raise Hung("the sender neither ends nor rests")
            if passed is None or sum_now > passed + SIGN_OF_LIFE:
                passed, since = sum_now, now
            elif now - since > seconds:
                return True
            time.sleep(0.02)
        return False

    def until_half_way(self, hold, sender):
        """True when the line holds the sender; the receiver has had a moment for what it got."""
        self.until(lambda: hold.reached.is_set() or sender.process.poll() is not None, "neither half way nor ended")
        looks = self._watch.looks
        self.until(lambda: self._watch.looks > looks + 1, "the watch looks")
        self.check("half way")
        return hold.reached.is_set()

    # Judging

    def problem(self, kind, text):
        self._add([Problem(kind, text)], "")

    def check(self, when):
        """Everything under a final name, now."""
        found = inspect(self.inbox, self.wanted)
        self._add(found.problems, when)
        return found

    def _add(self, problems, when):
        self.problems += [dataclasses.replace(problem, when=when) for problem in problems if problem not in self.problems]

    def conclude(self, sender):
        """Waits for the sender and judges the round; afterwards the receiver has stopped. What failed clearly must
        succeed undisturbed."""
        code = self.end_of(sender)
        found = self.check("at the end")
        missing = found.missing(self.wanted)
        if code == 0:
            self.outcome = WHOLE
            for name in missing:
                self.problem(WRONG, f"the sender ended with 0, and “{name}” is not there")
        else:
            self.outcome = FAILED
            self.check_failure(sender, code, missing)
        self.check_claims(found)
        self.stop_receiver()
        self.copies = found.copies()
        if self.outcome == FAILED:
            self.repeat()
        return code

    def check_failure(self, sender, code, missing):
        """What did not land was told, with a code for programs and a text for people."""
        if code not in REFUSALS:
            self.problem(CRASHED, f"the sender ended with {code}: {last_line(sender)}")
            return
        told = {event["name"]: event for event in sender.named("failed")}
        for event in told.values():
            if not event.get("code") or len(event.get("text") or "") < SHORTEST_TEXT:
                self.problem(UNCLEAR, f"a failure without code or text: {event}")
        self.notes += sorted({event.get("code") or "" for event in told.values()})
        said = [line for line in sender.error().splitlines() if WARNING not in line]
        if not told and not said:
            self.problem(UNCLEAR, f"the sender ended with {code} and told nothing")
        elif told.keys() <= self.wanted.versions.keys():  # else the upload failed as a whole
            untold = [name for name in missing if name not in told]
            if untold:
                self.problem(UNCLEAR, f"neither landed nor told to have failed: {untold[:5]}")

    def check_claims(self, found):
        """What anybody told to have landed stands there, with the digest that was told."""
        for event in (event for sender in self.senders for kind in ("landed", "skipped") for event in sender.named(kind)):
            name = event["name"]
            if name not in found.whole and not (self.inbox / name).is_dir():
                self.problem(WRONG, f"told to have landed, and not there: {event}")
            elif event.get("digest") and name in self.wanted.versions and event["digest"] not in self.wanted.digests(name):
                self.problem(WRONG, f"told with another digest: {event}")
            elif not any(event.get("path", "").endswith(place) for place in found.whole.get(name, [""])):
                self.notes.append(f"told another place: {event}")
        places = {str(self.inbox / place) for places in found.whole.values() for place in places}
        for event in (event for receiver in self.receivers for event in receiver.named("landed")):
            if event["path"] not in places and not Path(event["path"]).is_dir():
                self.problem(WRONG, f"the receiver told it to have landed, and it is not there: {event}")

    def stop_receiver(self):
        ended = self.receiver.process.poll()
        if ended is None:
            self.receiver.process.send_signal(signal.SIGTERM)
            code = self.end_of(self.receiver, "the receiver")
            if code == 0:
                return
            ended = f"{code} when told to stop"
        self.problem(CRASHED, f"the receiver ended with {ended}: {last_line(self.receiver)}")

    def repeat(self):
        """The same command again, with nothing in its way."""
        self.start_receiver()
        sender = self.send(address=self.receiver.address, retry_for=5)
        code = self.end_of(sender)
        found = self.check("after the repeat")
        missing = found.missing(self.wanted)
        if code != 0 or missing:
            self.problem(STUCK, f"not even the undisturbed repeat lands: code {code}, missing {missing[:5]}, "
                                f"{sender.named('failed')[:2]} {last_line(sender)}")
        self.check_claims(found)
        self.stop_receiver()

    # The end

    def close(self):
        """In any state; more than once does no harm."""
        for cli in self.senders + self.receivers:
            if cli not in self._told:
                self._told[cli] = cli.error()
                cli.end()
        if self._watch:
            self._add(self._watch.stop(), "while running")
            self._watch = None
        if self.line:
            self.line.close()

    def facts(self):
        happened = [what for what in self.line.happened if not what.startswith("trigger")] if self.line else []
        return {"round": self.index, "outcome": self.outcome, "disturbed": self.disturbed, "repeated": self.repeated,
                "copies": self.copies, "happened": happened, "notes": self.notes, "seconds": round(time.monotonic() - self._began, 2),
                "problems": [dataclasses.asdict(problem) for problem in self.problems]}

    def keep(self):
        """For whoever looks into it: what both ends told, beside what landed."""
        told = {f"{kind} {number}": {"events": cli.events, "stderr": self._told.get(cli)}
                for kind, programs in (("receiver", self.receivers), ("sender", self.senders))
                for number, cli in enumerate(programs)}
        text = json.dumps(self.facts() | told, indent=1, ensure_ascii=False)
        (self.folder / "round.json").write_text(text + "\n", encoding="utf-8")


def last_line(cli):
    """Of what it said to people."""
    return "".join(cli.error().splitlines()[-1:])[:300]


class Scenario:
    """Something that goes wrong, in many ways. `play` lets it go wrong once."""

    name = ""
    rounds = 0
    smoke_rounds = 0
    must_be_whole = False

    def __init__(self, setting, folder):
        self.setting = setting
        self.folder = folder
        self.wanted = Wanted()
        self.paths = []
        self.usual = {UP: 0, DOWN: 0}  # bytes of an undisturbed round

    def prepare(self):
        """Once, before its rounds. Raises LeftOut or Unusable."""

    def play(self, round_):
        raise NotImplementedError

    def make_sources(self, sizes):
        """Random files by name; those of one folder are dropped as that folder."""
        chance = random.Random(f"{self.setting.seed}/{self.name}")
        for name, size in sizes.items():
            make_file(self.folder / "sources" / name, chance, size)
        self.paths = sorted((self.folder / "sources").iterdir())
        for path in self.paths:
            self.wanted.add_tree(path)
        for name in self.wanted.versions:
            self.wanted.digests(name)

    def measure_usual(self, **options):
        """The undisturbed round, which must be whole; its bytes are what later ones are compared with."""
        round_ = Round(self.setting, self.name, "undisturbed", self.folder / "undisturbed")
        try:
            round_.start(self.wanted, self.paths, **options)
            sender = round_.send()
            code = round_.conclude(sender)
            round_.close()
            if code != 0 or round_.problems:
                told = f"{sender.named('failed')[:3]} {sender.events[-1:]}"
                raise Unusable(f"fails undisturbed: {told}", round_.problems)
            self.usual = dict(round_.line.passed)
            return round_
        finally:
            round_.close()
            shutil.rmtree(round_.inbox, ignore_errors=True)


def make_file(path, chance, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(chance.randbytes(size))
    return path
