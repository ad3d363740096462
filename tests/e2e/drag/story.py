"""What the person of the story works with: the two kinds of windows, and folders to compare."""

import http.client
import os
import random
import socket

from desktop import IS_OTHER, Trouble, wait_for
from widgets import Widgets

STAGING = ".sockdrop-partial"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_tree(folder, seed):
    """Two files and a folder, with awkward names and sizes; no two trees share a file name."""
    chance = random.Random(seed)
    files = {f"räksmörgås & 100% <b>{seed}.txt": 12_345,
             f"{seed} Ω.bin": 3 * 1024 * 1024 + 1,
             f"Fotos 写真 {seed}/im Grünen/🌲 #{seed}.jpg": 700_001,
             f"Fotos 写真 {seed}/leer {seed}.dat": 0,
             f"Fotos 写真 {seed}/noch eins {seed}?.txt": 1}
    for name, size in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(size))
        os.utime(path, (1_600_000_000 + seed, 1_600_000_000 + seed))
    return folder


def tree(folder, ignore=()):
    """Every file below a folder, but those ignored, with the whole seconds of its time and its content."""
    found = {}
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if name != STAGING]
        for name in files:
            path = os.path.join(place, name)
            relative = os.path.relpath(path, folder)
            if relative not in ignore:
                with open(path, "rb") as file:
                    found[relative] = (int(os.stat(path).st_mtime), file.read())
    return found


def check_landed(source, destination, ignore=()):
    """Waits until the destination holds what the source holds. A file that has its name must be whole."""
    wanted = tree(source)

    def landed():
        there = tree(destination, ignore)
        for name, content in there.items():
            if wanted.get(name) != content:
                raise Trouble(f"“{name}” landed, but is not what was sent")
        return there.keys() == wanted.keys()

    wait_for(f"the files of {source.name} in {destination.name}", landed)


class Sockdrop:
    """One window of our program."""

    def __init__(self, desktop, program, profile, place, peer="", port=0, destination=""):
        self.desktop = desktop
        self.program = program
        self.profile = profile
        self.port = port
        self.destination = destination
        self.settings = desktop.folder / "config" / "sockdrop" / "profiles" / profile / "settings.ini"
        if not self.settings.exists():
            self.settings.parent.mkdir(parents=True)
            self.settings.write_text(f"[receive]\naccept=all\nplain=true\nport={port}\ndestination={destination}\n[send]\npeer={peer}\n",
                                     encoding="utf-8")
        self.process = desktop.run(program, *(["-reverse"] if IS_OTHER else []), "--profile", profile)
        self.window = desktop.window(self.process, rf"Sockdrop \({profile}\)$")
        self.window.place(*place)
        self.widgets = Widgets(self.process, self.window)

    def click(self, place, across=0.5):
        self.desktop.hand("mousemove", *place.at(across), "click", 1)

    def turn_receiving_on(self):
        self.window.press("ctrl+2")
        self.click(self.widgets.find("check box", "Receiving"), across=0.95 if IS_OTHER else 0.05)
        wait_for(f"{self.profile} receives on port {self.port}", self.answers)

    def cancel_first_row(self):
        self.click(self.widgets.row(0))
        self.window.press("Delete")
        wait_for("a cancelled upload", lambda: "%" not in self.window.title())

    def answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def hand_over(self, *paths):
        """Starts the program a second time."""
        second = self.desktop.run(self.program, "--profile", self.profile, *map(str, paths))
        if second.wait(30) != 0:
            raise Trouble(f"the second start ended with {second.returncode}")

    def check_gone(self):
        wait_for(f"the end of {self.profile}", lambda: self.process.poll() is not None)
        if self.process.returncode != 0:
            raise Trouble(f"{self.profile} ended with {self.process.returncode}")


class FileManager:
    """pcmanfm with one folder open."""

    def __init__(self, desktop, folder, place):
        self.desktop = desktop
        self.process = desktop.run("pcmanfm", str(folder))
        self.window = desktop.window(self.process, folder.name)
        self.window.place(*place)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def select_all(self):
        """Returns where to take hold of one of the selected icons: there the picture changed most."""
        x, y, width, height = self.window.geometry()
        icons = lambda: self.desktop.screen.grab(x, y, width, height * 4 // 5)  # without the status bar

        def selected():
            before = self.desktop.still_picture(icons)
            self.window.press("ctrl+a")
            after = self.desktop.still_picture(icons)
            solid = [cell for cell in after.changed_cells(before) if cell[0] > 0.8]
            return len(solid) >= 4 and after.middle_of(sorted(solid)[len(solid) // 2])

        return wait_for("selected icons", selected)


def carry(desktop, start, target):
    """Presses the button at one point and moves to another."""
    steps = [(start[0] + (target[0] - start[0]) * step // 20, start[1] + (target[1] - start[1]) * step // 20)
             for step in range(1, 21)]
    moves = [word for step in steps for word in ("mousemove", *step)]
    desktop.hand("mousemove", *start, "mousedown", 1, *moves)


def drag(desktop, start, window, picture_name):
    """Drags what is at `start` over the window, until that shows that it noticed, and lets go."""
    x, y = window.at(0.5, 0.5)
    before = window.picture()
    carry(desktop, start, (x, y))

    def noticed():
        desktop.hand("mousemove", x + 5, y, "mousemove", x, y)
        return window.picture().changed_share(before) > 0.05

    # What the window shows it painted after it had answered the file manager: letting go is safe then.
    try:
        wait_for("the window to notice the drag", noticed)
        desktop.screenshot(picture_name)
    finally:
        desktop.hand("mouseup", 1)


def take_out(desktop, start, window, folder):
    """Drags what is at `start` into a file manager and returns the name of what appears in its folder."""
    x, y = window.at(0.7, 0.5)
    for _ in range(5):
        carry(desktop, start, (x, y))
        for step in range(10):  # it looks the files up meanwhile, and takes them with a later movement only
            desktop.hand("mousemove", x + step % 2, y)
            desktop.still_picture(window.picture, 0.1)
        desktop.screenshot("over the file manager")
        desktop.hand("mouseup", 1)
        try:
            return wait_for("a file dragged out", lambda: os.listdir(folder), patience=3)[0]
        except Trouble:
            pass  # it was not ready to take it
    raise Trouble("the file manager took nothing")
