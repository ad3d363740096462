"""A desktop of its own: X server, session bus, window manager, and a hand for mouse and keyboard."""

import ctypes
import os
import re
import signal
import subprocess
import time

from screen import Screen

PATIENCE = 30  # seconds for anything that should happen at once, on a busy machine
IS_OTHER = os.environ.get("SOCKDROP_TEST_LOOK") == "other"  # see support/isolated
SCALE = float(os.environ.get("QT_SCALE_FACTOR", "1"))
SIZE = (int(1600 * SCALE), int(1000 * SCALE))
# Nothing is started by the bus: what a desktop has installed stays out of it.
BUS = """<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""


class Trouble(Exception):
    """Something did not happen; the text says what."""


def wait_for(what, condition, patience=PATIENCE):
    """Returns the first true value of condition()."""
    end = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > end:
            raise Trouble(f"waited {patience} s in vain: {what}")
        time.sleep(0.01)
    return value


def die_with_parent():
    """Nothing outlives this script, even when it is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Desktop:
    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self.screenshots = 0
        # Of the test's own place, only what makes everything look the same (support/isolated).
        kept = ("PATH", "LC_ALL", "LOCPATH", "TZ", "FONTCONFIG_FILE", "XDG_DATA_DIRS", "QT_SCALE_FACTOR")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(folder / "home"),
            "NO_AT_BRIDGE": "1",  # of GTK: the file manager
            "GTK_THEME": "Adwaita",
            "GIO_USE_VFS": "local",
            "GSETTINGS_BACKEND": "memory",
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }
        for variable, name in (("CONFIG_HOME", "config"), ("DATA_HOME", "data"), ("STATE_HOME", "state"),
                               ("CACHE_HOME", "cache"), ("RUNTIME_DIR", "run")):
            self.environment["XDG_" + variable] = str(folder / name)
            (folder / name).mkdir(mode=0o700)
        (folder / "home").mkdir()
        (folder / "screen").mkdir()

    def __enter__(self):
        self.start_display()
        self.start_bus()
        self.run("openbox", "--sm-disable")
        wait_for("a window manager", lambda: "window id" in self.ask("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"))
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def run(self, *command, **options):
        """Starts a program that ends with the desktop; its output goes to a file of its name."""
        log = (self.folder / f"{os.path.basename(command[0])}-{len(self.processes)}.log").open("wb")
        options.setdefault("stdout", log)
        process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stderr=log,
                                   cwd=self.folder / "home", preexec_fn=die_with_parent, **options)
        log.close()
        self.processes.append(process)
        return process

    def start_display(self):
        read_end, write_end = os.pipe()
        self.run("Xvfb", "-displayfd", str(write_end), "-screen", "0", "{}x{}x24".format(*SIZE), "-nolisten", "tcp",
                 "-noreset", "-fbdir", str(self.folder / "screen"), pass_fds=[write_end])
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise Trouble("Xvfb did not start")
        self.environment["DISPLAY"] = ":" + number
        self.screen = Screen(self.folder / "screen" / "Xvfb_screen0")

    def start_bus(self):
        configuration = self.folder / "bus.conf"
        configuration.write_text(BUS.format(self.folder / "run"))
        bus = self.run("dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address=1",
                       stdout=subprocess.PIPE)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        self.run("/usr/libexec/at-spi-bus-launcher", "--launch-immediately")
        wait_for("AT-SPI", lambda: "unix:" in self.ask("dbus-send", "--session", "--print-reply", "--dest=org.a11y.Bus",
                                                       "/org/a11y/bus", "org.a11y.Bus.GetAddress"))

    def ask(self, *command):
        """What a short command prints; nothing if it fails."""
        result = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
        return result.stdout.decode(errors="replace")

    def hand(self, *arguments):
        """Mouse and keyboard: one xdotool command line."""
        subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, timeout=PATIENCE, check=True)

    def window(self, process, title):
        """The window of a process whose title matches, once it is there."""
        def found():
            if process.poll() is not None:
                raise Trouble(f"{process.args[0]} ended with {process.returncode}")
            return self.windows(process, title)
        return Window(self, wait_for(f"window “{title}”", found)[0])

    def windows(self, process, title):
        return self.ask("xdotool", "search", "--onlyvisible", "--all", "--pid", str(process.pid), "--name",
                        title).split()

    def still_picture(self, take, quiet=0.3):
        """What take() shows once it has not changed for `quiet` seconds."""
        last, since = take(), time.monotonic()
        end = since + PATIENCE
        while time.monotonic() - since < quiet and time.monotonic() < end:
            time.sleep(0.02)
            if (now := take()) != last:
                last, since = now, time.monotonic()
        return last

    def screenshot(self, name):
        self.screenshots += 1
        self.ask("convert", f"xwd:{self.screen.path}", str(self.folder / f"{self.screenshots:02} {name}.png"))

    def output_of(self, name):
        """What every run of a program wrote so far."""
        return "".join(log.read_text(errors="replace") for log in sorted(self.folder.glob(f"{name}-*.log")))


class Window:
    def __init__(self, desktop, number):
        self.desktop = desktop
        self.number = number

    def title(self):
        return self.desktop.ask("xdotool", "getwindowname", self.number).rstrip("\n")

    def place(self, *place):
        """Puts the window into a part of the screen that it has to itself."""
        x, y, width, height = (int(side * SCALE) for side in place)
        self.desktop.hand("windowsize", self.number, width, height, "windowmove", self.number, x, y)
        # Where a window counts in other units than pixels, it may be one of them larger.
        wait_for("the window in its place", lambda: all(abs(is_now - wanted) <= SCALE for is_now, wanted in
                                                        zip(self.geometry()[2:], (width, height))))

    def geometry(self):
        """x, y, width, height on the screen; xdotool counts the frame of the window manager twice."""
        text = self.desktop.ask("xwininfo", "-id", self.number)
        lines = re.findall(r"^  (?:Absolute upper-left [XY]|Width|Height): +(-?\d+)$", text, re.MULTILINE)
        return tuple(map(int, lines))

    def at(self, across, down):
        """The point of the screen at these shares of width and height."""
        x, y, width, height = self.geometry()
        return x + int(width * across), y + int(height * down)

    def picture(self):
        return self.desktop.screen.grab(*self.geometry())

    def activate(self):
        self.desktop.hand("windowactivate", self.number)
        wait_for("the active window", self.is_active)

    def is_active(self):
        focus = self.desktop.ask("xdotool", "getactivewindow"), self.desktop.ask("xdotool", "getwindowfocus")
        return [number.strip() for number in focus] == [self.number, self.number]

    def press(self, *keys):
        self.activate()
        self.desktop.hand("key", *keys)

    def type(self, text):
        self.activate()
        self.desktop.hand("type", text)
