"""sockdrop-cli for the scripts of the tests: started with a home of its own, awaited by its events, never by
time, and ended with the test."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

STAGING = ".sockdrop-partial"
FILE_SIZE_LIMIT = 4 << 20  # of file_size_limit()
DISK = 24 << 20  # bytes of ON_A_SMALL_DISK, which is started with the folder that becomes one
ON_A_SMALL_DISK = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                   f'mount -t tmpfs -o size={DISK} none "$0" && exec "$@"']
PATIENCE = 60  # seconds; only ever waited for when something is broken


def program():
    return str(Path(os.environ["SOCKDROP_BIN"]) / "sockdrop-cli") if "SOCKDROP_BIN" in os.environ else "sockdrop-cli"


def environment(home):
    """Without a display, and without anybody's settings or proxies."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("XDG_") and not name.lower().endswith("_proxy") and name != "DISPLAY"}
    home = str(home)
    return env | {"HOME": home, "XDG_CONFIG_HOME": home + "/config", "XDG_DATA_HOME": home + "/data",
                  "XDG_STATE_HOME": home + "/state", "XDG_CACHE_HOME": home + "/cache"}


class Cli:
    """One run of sockdrop-cli with --json. `limit` is called in the child before it becomes the program; `under` is
    a command that starts it; `terminal` is one for its standard input and error."""

    def __init__(self, home, *arguments, limit=None, under=(), terminal=None):
        self.events = []
        self._news = threading.Condition()
        self._error = tempfile.TemporaryFile()
        command = [*under, program(), *map(str, arguments), "--json"]
        self.process = subprocess.Popen(command, stdin=terminal or subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=terminal or self._error, env=environment(home), preexec_fn=limit)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @staticmethod
    def run_plain(home, *arguments):
        """Without --json, to the end."""
        ran = subprocess.run([program(), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                             env=environment(home), timeout=PATIENCE)
        # Not as text: that would make line ends of carriage returns.
        ran.stdout, ran.stderr = ran.stdout.decode(), ran.stderr.decode()
        return ran

    def _read(self):
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                break  # killed while it spoke
            event = json.loads(line)
            with self._news:
                self.events.append(event)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def error(self):
        self._error.seek(0)
        return self._error.read().decode()

    def named(self, name):
        with self._news:
            return [event for event in self.events if event["event"] == name]

    def wait_for(self, name, is_wanted=lambda event: True):
        """The first event of that name that is wanted, which may have come already."""
        def found():
            return next((event for event in self.events if event["event"] == name and is_wanted(event)), None)

        with self._news:
            self._news.wait_for(lambda: found() or not self._reader.is_alive() or self.process.poll() is not None,
                                PATIENCE)
        self.process.poll() is None or self._reader.join(PATIENCE)
        event = found()
        if event is None:
            raise AssertionError(f"no event “{name}” came; events: {self.events[-5:]}; stderr: {self.error()}")
        return event

    def finish(self, patience=PATIENCE):
        """The exit code; minus the signal's number when one ended it."""
        code = self.process.wait(patience)
        self._reader.join(PATIENCE)
        return code

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def end(self):
        """In any state, at the end of a test."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        self.process.stdout.close()
        self._error.close()


class Receiver(Cli):
    """`sockdrop-cli receive`, listening on a free port of the loopback. `is_open`: for everyone, and without
    encryption."""

    def __init__(self, home, folder, *arguments, is_open=True, **options):
        super().__init__(home, "receive", "--dir", folder, "--listen", "127.0.0.1", *arguments,
                         *([] if "--port" in arguments else ["--port", "0"]),
                         *(["--plain", "--accept", "all"] if is_open else []), **options)
        try:
            self.port = self.wait_for("listening")["port"]
        except BaseException:
            self.end()
            raise
        self.address = f"127.0.0.1:{self.port}"


class CliTest(unittest.TestCase):
    """A folder to work in, an inbox, and the means to run both ends."""

    maxDiff = 2000

    def setUp(self):
        # Through addCleanup and in this order: first the processes end, then their folder goes.
        self.folder = Path(tempfile.mkdtemp(prefix="sockdrop-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.inbox = self.folder / "inbox"
        self.outbox = self.folder / "outbox"
        self.inbox.mkdir()
        self.outbox.mkdir()

    def start(self, kind, *arguments, **options):
        cli = kind(self.folder / f"home-{kind.__name__}", *arguments, **options)
        self.addCleanup(cli.end)
        return cli

    def receiver(self, *arguments, folder=None, **options):
        return self.start(Receiver, folder or self.inbox, *arguments, **options)

    def sender(self, address, *arguments, is_plain=True):
        return self.start(Cli, "send", "--to", address, *(["--plain"] if is_plain else []), *arguments)

    def send(self, address, *arguments, code=0, is_plain=True):
        """Sends to the end; fails unless it exits with `code`."""
        sender = self.sender(address, *arguments, is_plain=is_plain)
        self.assertEqual(sender.finish(), code, f"{sender.events[-5:]}\n{sender.error()}")
        return sender

    def stop(self, receiver):
        """Ends it as a person would; a crash or a sanitizer's report on the way out fails the test."""
        code = receiver.stop()
        self.assertEqual(code, 0, receiver.error())

    def make(self, name, content):
        path = self.outbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def partials(self, folder=None):
        """Sizes of what is being received, in order."""
        return sorted(path.stat().st_size for path in (folder or self.inbox).glob(STAGING + "/*"))

    def assert_same_file(self, landed, sent):
        same = subprocess.run(["cmp", "--", str(landed), str(sent)], capture_output=True, text=True)
        self.assertEqual(same.returncode, 0, same.stdout + same.stderr)

    def assert_nothing_else(self, *names, folder=None):
        """The folder's direct children, but for our staging folder."""
        self.assertEqual(sorted(set(os.listdir(folder or self.inbox)) - {STAGING}), sorted(names))


def file_size_limit():
    """What a full disk looks like from inside, for a process without privileges: write() fails with EFBIG."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # The other limit stays: to raise it again needs a privilege that root in a container lacks.
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE_LIMIT, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def wait_until(is_so, what):
    """For what tells no event."""
    until = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > until:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.005)


CHUNK = 256 * 1024


def xxh128(content):
    """The hash of 128 bits, by the independent tool."""
    said = subprocess.run(["xxhsum", "-H2"], input=content, check=True, capture_output=True).stdout
    return bytes.fromhex(said.split()[0].decode())


def xxh64(content):
    """XXH3 with 64 bits, by the same."""
    said = subprocess.run(["xxhsum", "-H3"], input=content, check=True, capture_output=True).stdout
    return bytes.fromhex(re.search("[0-9a-f]{16}", said.decode())[0])


def digest_of(path):
    """What the receipt of a basic upload must say."""
    return "xxh3-128:" + xxh128(Path(path).read_bytes()).hex()


def batch_digest_of(path):
    """What is said of a file of a batch: a chain over the hashes of its chunks."""
    content = Path(path).read_bytes()
    hashes = [xxh128(content[at:at + CHUNK]) for at in range(0, len(content), CHUNK)] or [xxh128(b"")]
    chain = hashes[0]
    for one in hashes[1:]:
        chain = xxh128(chain + one)
    return ("xxh3-128-chain:" if len(hashes) > 1 else "xxh3-128:") + chain.hex()


def main():
    unittest.main(verbosity=2, module="__main__", catchbreak=False)
