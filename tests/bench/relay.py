"""Passes connections on to a receiver and notes when something went by."""

import contextlib
import socket
import threading
import time


def holds_payload(sent):
    """Whether in what a client sent on a connection payload has begun: a binary message (RFC 6455, section 5.2)."""
    head, _, frames = sent.partition(b"\r\n\r\n")
    if not head.startswith(b"GET /upload/"):
        return False
    while len(frames) >= 2:
        if frames[0] & 0x0F == 2:
            return True
        length = frames[1] & 0x7F
        wide = {126: 2, 127: 8}.get(length, 0)
        if wide:
            length = int.from_bytes(frames[2:2 + wide], "big")
        frames = frames[2 + wide + (4 if frames[1] & 0x80 else 0) + length:]
    return False


def holds_landed(answered):
    """Whether in what the server sent there is the message that a file has landed (PROTOCOL.md, section 3)."""
    return b'"type":"landed"' in answered


class Relay:
    """For small uploads: it keeps all that passes. The receiver's own events do not do, they come ten times a second."""

    def __init__(self, port):
        self._to = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.seen = {}
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self):
        while True:
            try:
                client = self._listening.accept()[0]
                server = socket.create_connection(self._to)
            except OSError:
                return
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            for way in ((client, server, "payload", holds_payload), (server, client, "landed", holds_landed)):
                threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _pass_on(self, source, sink, mark, holds):
        passed = b""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                now = time.monotonic()
                sink.sendall(data)
                passed += data
                if mark not in self.seen and holds(passed):
                    self.seen[mark] = now
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
