"""What goes wrong with the programs, with the line between them, and with what is sent."""

import os
import random
import shutil

from checker import WRONG, Wanted
from faultyline import DOWN, UP, Cut, Flip, Hold, Reset, Stall, Trickle, Trigger
from rounds import MIB, NOT_WHOLE, WHOLE, Scenario, make_file


class Kill(Scenario):
    """Receiver, sender or both are killed after a random number of bytes, up to three times; what was killed is
    started again as before."""

    name = "kill"
    rounds = 200
    smoke_rounds = 9
    must_be_whole = True
    victims = (("receiver",), ("sender",), ("receiver", "sender"))

    def prepare(self):
        big, count = (24 * MIB, 60) if self.setting.smoke else (96 * MIB, 200)
        self.make_sources({"big.bin": big} | {f"small/{number % 7}/{number:03}.bin": number * 61 for number in range(count)})
        self.measure_usual()

    def plan(self, round_, victims):
        """The next kill, somewhere in what is still to come, and often where the small files are."""
        chance = round_.random
        direction = chance.choice((UP, UP, UP, DOWN))
        passed = round_.line.passed[direction]
        left = max(self.usual[direction] - passed, self.usual[direction] // 20)
        edge = min(left, MIB)
        place = chance.choice((chance.randint(1, left), chance.randint(1, left), chance.randint(1, edge),
                               left + 1 - chance.randint(1, edge)))

        def kill():
            for victim in victims:
                getattr(round_, victim).process.kill()
            if "receiver" in victims:
                round_.line.deafen()

        blow = Trigger(kill)
        round_.line.plan(direction, passed + place, blow)
        return blow

    @staticmethod
    def wait_for(blow, round_, sender):
        """False when the sender ended before it came."""
        round_.until(lambda: blow.over.is_set() or sender.process.poll() is not None, "neither killed nor ended")
        if not blow.over.is_set():
            round_.line.forget_plans()
            if blow.begun:
                round_.until(blow.over.is_set, "the kill")
        return blow.begun

    def play(self, round_):
        victims = self.victims[round_.index % 3]
        kills = round_.random.choice((1, 1, 1, 2, 3))
        round_.notes.append(" and ".join(victims))
        round_.start(self.wanted, round_.random.sample(self.paths, len(self.paths)))
        blow = self.plan(round_, victims)
        sender = round_.send()
        happened = 0
        while blow and self.wait_for(blow, round_, sender):
            happened += 1
            for victim in victims:
                round_.end_of(getattr(round_, victim), victim)
            round_.check(f"after kill {happened}")
            blow = self.plan(round_, victims) if happened < kills else None
            if "receiver" in victims:
                round_.restart_receiver()
                round_.line.listen()
            if "sender" in victims:
                sender = round_.send()
        if not self.setting.retries:
            sender = self.send_until_whole(round_, sender, kills)
        round_.conclude(sender)
        round_.disturbed = happened > 0
        round_.notes.append(f"{happened} kills")
        if happened:  # by kill: each may cost as much as what was on its way
            round_.repeated = max(0, round_.line.passed[UP] - self.usual[UP]) // happened

    @staticmethod
    def send_until_whole(round_, sender, most):
        """For a sender that gives up when the line does."""
        for _ in range(most):
            if round_.end_of(sender) == 0:
                break
            sender = round_.send()
        return sender


class Proxy(Scenario):
    """The line is cut, reset, stalled, slowed down to single bytes, or changes bytes."""

    name = "proxy"
    rounds = 500
    smoke_rounds = 40
    kinds = ("cut", "reset", "flip up", "trickle", "flip up", "cut", "reset", "flip down", "outage", "flip up",
             "cut", "reset", "stall", "trickle", "flip down", "cut", "reset", "flip up", "trickle", "cut")

    def prepare(self):
        self.make_sources({"big.bin": 3 * MIB} | {f"small/{number:02}.bin": number * number * 397 for number in range(12)})
        self.measure_usual()

    def offset(self, round_, direction):
        """Mostly anywhere; sometimes where things begin or end."""
        chance, usual = round_.random, self.usual[direction]
        return chance.choice((chance.randrange(usual), chance.randrange(usual), chance.randrange(usual),
                              chance.randrange(min(usual, 2000)), usual - 1 - chance.randrange(min(usual, 2000))))

    def plan(self, round_, kind):
        chance = round_.random
        direction = DOWN if kind == "flip down" else UP if kind == "flip up" else chance.choice((UP, UP, DOWN))
        if kind in ("flip up", "flip down"):
            # A flipped length makes both sides wait for each other until they lose patience: not for the short form.
            for _ in range(chance.choice((1, 1, 2, 3))):
                place = chance.randrange(100_000, 2 * MIB) if self.setting.smoke else self.offset(round_, direction)
                round_.line.plan(direction, place, Flip(chance.randrange(1, 256)))
            return
        fault = {"cut": Cut, "reset": Reset,
                 "outage": lambda: Cut(refusals=chance.randint(1, 4)),
                 "trickle": lambda: Trickle(chance.randint(10, 5000)),
                 "stall": lambda: Stall(chance.choice((4, 7) if self.setting.smoke else (4, 4, 7, 7, 30)))}[kind]()
        round_.line.plan(direction, self.offset(round_, direction), fault)

    def play(self, round_):
        kinds = [kind for kind in self.kinds if not (self.setting.smoke and kind == "flip down")]
        chosen = [kinds[round_.index % len(kinds)]]
        if round_.random.random() < 0.35:
            chosen.append(round_.random.choice([kind for kind in kinds if kind != "stall"]))
        round_.start(self.wanted, round_.random.sample(self.paths, len(self.paths)))
        for kind in chosen:
            self.plan(round_, kind)
        round_.conclude(round_.send())
        round_.disturbed = bool(round_.line.happened)
        round_.repeated = max(0, round_.line.passed[UP] - self.usual[UP])


class Edit(Scenario):
    """The source is changed while it is on its way. It lands as it was or as it is, or not at all."""

    name = "edit"
    rounds = 60
    smoke_rounds = 6
    size = 40 * MIB  # more than what is under way and has been read already

    def prepare(self):
        chance = random.Random(f"{self.setting.seed}/{self.name}")
        make_file(self.folder / "old.bin", chance, self.size)
        make_file(self.folder / "beside.bin", chance, 200_000)

    def edit(self, round_, held_at):
        """What is done to a file's path, chosen once: it is done to two copies."""
        chance = round_.random
        patch = chance.randbytes(chance.randint(1, 300_000))
        other = chance.randbytes(self.size + chance.choice((0, 0, -1000, 1000)))
        before, behind = chance.randrange(held_at // 2), chance.randrange(self.size // 2, self.size - len(patch))

        def write_at(place):
            def write(path):
                with path.open("r+b") as file:
                    file.seek(place)
                    file.write(patch)
            return write

        def replace(path):
            beside = path.with_name(path.name + ".new")
            beside.write_bytes(other)
            os.replace(beside, path)

        kinds = {"append": write_at(self.size), "overwrite ahead": write_at(behind), "overwrite behind": write_at(before),
                 "truncate": lambda path: os.truncate(path, behind), "replace": replace,
                 "rewrite": lambda path: path.write_bytes(other)}
        kind = list(kinds)[round_.index % len(kinds)]
        round_.notes.append(kind)
        return kinds[kind]

    def play(self, round_):
        source, new = round_.folder / "outbox/source.bin", round_.folder / "new.bin"
        source.parent.mkdir()
        shutil.copy2(self.folder / "old.bin", source)
        shutil.copy2(self.folder / "old.bin", new)
        held_at = round_.random.randint(100_000, self.size // 4)
        edit = self.edit(round_, held_at)
        edit(new)
        wanted = Wanted()
        wanted.add("source.bin", self.folder / "old.bin", new)
        wanted.add("beside.bin", self.folder / "beside.bin")

        round_.start(wanted, [source, self.folder / "beside.bin"], buffer=64 * 1024)
        hold = Hold()
        round_.line.plan(UP, held_at, hold)
        sender = round_.send()
        round_.disturbed = round_.until_half_way(hold, sender)
        edit(source)
        hold.release()
        round_.conclude(sender)


class Parallel(Scenario):
    """Many uploads of one name at once, each with a content of its own: all of them land."""

    name = "parallel"
    rounds = 5
    smoke_rounds = 1
    must_be_whole = True
    count = 100

    def play(self, round_):
        wanted = Wanted()
        paths = []
        for number in range(self.count):
            size = round_.random.choice((8, 5000, 5000, 300_000)) + number * (number % 3)
            path = make_file(round_.folder / f"outbox/{number}/same.bin", round_.random, size)
            os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
            wanted.add("same.bin", path)
            paths.append(path)
        round_.start(wanted, paths)
        # Ten programs each share an identity.
        senders = [round_.send(path, address=round_.receiver.address, home=f"home-{number % 10}")
                   for number, path in enumerate(paths)]
        round_.disturbed = True
        codes = [round_.end_of(sender) for sender in senders]
        for sender, code in zip(senders, codes):
            if code:
                round_.check_failure(sender, code, [])
        failed = sum(code != 0 for code in codes)
        if failed:
            round_.problem(NOT_WHOLE, f"{failed} of {self.count} failed")
        found = round_.check("at the end")
        round_.check_claims(found)
        round_.stop_receiver()
        self.check_permutation(round_, wanted, found, self.count - failed)
        round_.outcome = WHOLE

    @staticmethod
    def check_permutation(round_, wanted, found, most):
        landed = Wanted()
        for place in found.whole.get("same.bin", []):
            landed.add("same.bin", round_.inbox / place)
        count = len(landed.versions.get("same.bin", []))
        different = len(landed.whole_digests("same.bin") & wanted.whole_digests("same.bin")) if count else 0
        if count != most or different != most:
            round_.problem(WRONG, f"{most} told to have landed, {count} are there, {different} different ones")
