"""A stand-in for sockdrop-cli, as small as can be, that does what SOCKDROP_DEFECT names wrong and everything else right.
It speaks a protocol of its own; only its command line, events and exit codes are ours."""

import errno
import json
import os
import signal
import socket
import sys
import threading
import time
import zlib
from pathlib import Path

DEFECT = os.environ.get("SOCKDROP_DEFECT", "")
STAGING = ".sockdrop-partial"


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


def option(name):
    return sys.argv[sys.argv.index(name) + 1]


def final_name(folder, name):
    """One that is free."""
    for number in range(1000):
        path = folder / name
        if number:
            path = path.with_name(f"{path.stem} ({number}){path.suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if DEFECT == "overwrites" or not path.exists():
            return path
    raise OSError(errno.EEXIST, "taken")


class Receiving:
    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()
        (folder / STAGING).mkdir(exist_ok=True)

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            header = json.loads(stream.readline() or "{}")
            if not header:
                return
            try:
                answer = self.take(stream, header)
            except OSError as problem:
                answer = {"code": "io-error", "text": f"It cannot be written: {problem}."}
            try:
                connection.sendall(json.dumps(answer).encode() + b"\n")
            except OSError:
                pass

    def take(self, stream, header):
        there = self.folder / header["name"]
        if there.exists() and (there.stat().st_size, there.stat().st_mtime_ns) == (header["size"], header["mtime"]):
            stream.read(header["size"])
            return {"skipped": True}
        path = self.folder / STAGING / f"{threading.get_ident()}-{time.monotonic_ns()}"
        if DEFECT == "lands early":
            path = final_name(self.folder, header["name"])
        checksum, left = 0, header["size"]
        with path.open("wb", buffering=0) as file:
            while left and (data := stream.read(min(left, 65536))):
                file.write(data)
                checksum = zlib.crc32(data, checksum)
                left -= len(data)
            self.sync(file)
        if left or header["checksum"] not in (None, checksum):
            path.unlink()
            return {"code": "digest-mismatch", "text": "It arrived damaged or not at all."}
        if DEFECT != "lands early":
            self.spoil(path)
            os.utime(path, ns=(header["mtime"], header["mtime"]))
            path = self.land(path, header["name"])
        tell("landed", name=header["name"], path=str(path), bytes=header["size"])
        return {"path": str(path)}

    @staticmethod
    def sync(file):
        try:
            os.fsync(file.fileno())
        except OSError:
            if DEFECT != "ignores syncs":
                raise

    @staticmethod
    def spoil(path):
        size = path.stat().st_size
        if DEFECT == "truncates":
            os.truncate(path, max(0, size - 10))
        elif DEFECT == "flips" and size:
            with path.open("r+b") as file:
                file.seek(size // 2)
                byte = file.read(1)
                file.seek(size // 2)
                file.write(bytes([byte[0] ^ 1]))

    def land(self, path, name):
        with self.lock:
            final = final_name(self.folder, name + "x" if DEFECT == "misnames" else name)
            os.rename(path, final)
        return final


def receive():
    def stop(*unused):
        if DEFECT == "crashes":
            os.abort()
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    receiving = Receiving(Path(option("--dir")).resolve())
    listener = socket.create_server(("127.0.0.1", int(option("--port"))), backlog=256)
    tell("listening", port=listener.getsockname()[1], pid=os.getpid())
    while True:
        threading.Thread(target=receiving.serve, args=(listener.accept()[0],), daemon=True).start()


def send_one(address, name, path):
    """Read as a whole before anything is sent, so that it is of one version; or block by block on the way."""
    mixes = DEFECT == "mixes"
    with path.open("rb") as file, socket.create_connection(address) as connection:
        data = b"" if mixes else file.read()
        header = {"name": name, "size": path.stat().st_size if mixes else len(data), "mtime": path.stat().st_mtime_ns,
                  "checksum": None if mixes else zlib.crc32(data)}
        connection.sendall(json.dumps(header).encode() + b"\n" + data)
        while mixes and (block := file.read(65536)):
            connection.sendall(block)
        with connection.makefile("rb") as stream:
            return json.loads(stream.readline() or "{}")


def send_again(address, name, path):
    """Until there is an answer, or --retry-for has passed."""
    until = time.monotonic() + float(option("--retry-for"))
    while True:
        try:
            if answer := send_one(address, name, path):
                return answer
            problem = "it ended without a word"
        except (OSError, ValueError) as caught:
            problem = caught
        if DEFECT == "gives up" or time.monotonic() > until:
            return {"code": "connection-lost", "text": f"The line broke: {problem}."}
        time.sleep(0.1)


def send():
    if DEFECT == "hangs":
        time.sleep(1000)
    if DEFECT == "fails silently":
        sys.exit(1)
    host, _, port = option("--to").rpartition(":")
    counts = {"landed": 0, "skipped": 0, "failed": 0}
    for path in [Path(word) for word in sys.argv[2:] if word.startswith("/")]:
        for file in [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file()):
            name = str(file.relative_to(path.parent))
            answer = {"path": name} if DEFECT == "lies" else send_again((host, int(port)), name, file)
            event = "skipped" if "skipped" in answer else "landed" if "path" in answer else "failed"
            counts[event] += 1
            tell(event, name=name, **answer)
    tell("done", **counts)
    sys.exit(1 if counts["failed"] else 0)


def main():
    if "--help" in sys.argv:
        print("A stand-in that knows --retry-for")
    elif sys.argv[1] == "receive":
        receive()
    else:
        send()


main()
