"""Both ends of the original demo (CSharpWebSocks), by their behaviour on the wire; nothing of ours and no
WebSocket library takes part. See PROTOCOL.md, section 6."""

import base64
import hashlib
import os
import socket
import socketserver
import struct
import threading
from pathlib import Path

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PATIENCE = 60


def masked(payload, key):
    """RFC 6455 §5.3, at once instead of byte by byte."""
    size = len(payload)
    keys = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")).to_bytes(size, "big")


def frame(opcode, payload, fin=True):
    """A client's frame, masked, of any size."""
    size = len(payload)
    head = bytes([(0x80 if fin else 0) | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + struct.pack("!H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack("!Q", size)
    key = os.urandom(4)
    return head + key + masked(payload, key)


def exactly(stream, count):
    data = stream.read(count)
    if len(data) != count:
        raise ConnectionError(f"the line ended {count - len(data)} bytes too early")
    return data


def read_frame(stream):
    """(opcode, fin, payload), unmasked if it was masked."""
    first, second = exactly(stream, 2)
    size = second & 0x7F
    if size == 126:
        size = struct.unpack("!H", exactly(stream, 2))[0]
    elif size == 127:
        size = struct.unpack("!Q", exactly(stream, 8))[0]
    key = exactly(stream, 4) if second & 0x80 else None
    payload = exactly(stream, size)
    return first & 0x0F, bool(first & 0x80), masked(payload, key) if key else payload


def read_head(stream):
    """(first line, headers in lower case) of a request or an answer."""
    first = stream.readline().decode().rstrip("\r\n")
    headers = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return first, headers


def accept_of(key):
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def drop(connection):
    """As a process that dies: a reset, no close frame."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class OriginalServer:
    """Tokens are integers; the first message is the file; no answer; the line is dropped. `drops_by` is
    "reset" or "end" (of the stream). Files are stored under the posted name in `folder`."""

    def __init__(self, folder, drops_by="reset"):
        self.folder = Path(folder)
        self.drops_by = drops_by
        self.names = {}
        self.requests = []
        self.stored = []
        self.news = threading.Condition()
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = PATIENCE

            def handle(self):
                owner.answer(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler):
        first, headers = read_head(handler.rfile)
        method, target, _ = (first.split(" ") + ["", ""])[:3]
        self.requests.append((method, target, headers))
        if headers.get("upgrade", "").lower() == "websocket":
            self.take(handler, int(target.rsplit("/", 1)[-1]), headers)
        elif method == "GET":
            self.say(handler, "CSharpWebSocks\nPOST a file name to /upload, then connect a WebSocket to "
                              "/upload/<token>.\n")
        else:
            name = exactly(handler.rfile, int(headers["content-length"])).decode()
            with self.news:
                token = len(self.names) + 1
                self.names[token] = name
            self.say(handler, str(token))

    @staticmethod
    def say(handler, text):
        body = text.encode()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                            b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def take(self, handler, token, headers):
        handler.wfile.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Accept: {accept_of(headers['sec-websocket-key'])}\r\n\r\n").encode())
        handler.wfile.flush()
        whole = bytearray()
        fin = False
        while not fin:
            opcode, fin, payload = read_frame(handler.rfile)
            if opcode >= CLOSE:
                fin = opcode == CLOSE
                continue
            whole += payload
        (self.folder / self.names[token]).write_bytes(whole)
        with self.news:
            self.stored.append(self.names[token])
            self.news.notify_all()
        if self.drops_by == "reset":
            drop(handler.connection)

    def wait_stored(self, count):
        with self.news:
            if not self.news.wait_for(lambda: len(self.stored) >= count, PATIENCE):
                raise AssertionError(f"only {self.stored} were stored")


class OriginalClient:
    """Posts the name, sends the file as one masked frame, then ends in one of its ways."""

    def __init__(self, port):
        self.port = port

    def connect(self):
        line = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        line.settimeout(PATIENCE)
        return line, line.makefile("rb")

    def token_for(self, name, expects=False):
        """`expects`: .NET Framework's HttpClient sends `Expect: 100-continue` before a body."""
        body = name.encode()
        line, stream = self.connect()
        with line, stream:
            line.sendall((f"POST /upload HTTP/1.1\r\nContent-Type: text/plain; charset=utf-8\r\n"
                          f"Host: localhost:{self.port}\r\nContent-Length: {len(body)}\r\n"
                          + ("Expect: 100-continue\r\n" if expects else "") +
                          "Connection: Keep-Alive\r\n\r\n").encode())
            if expects:
                first, _ = read_head(stream)
                if first != "HTTP/1.1 100 Continue":
                    raise AssertionError(f"expected 100 Continue, not {first}")
            line.sendall(body)
            first, headers = read_head(stream)
            if not first.startswith("HTTP/1.1 200"):
                raise AssertionError(first)
            return exactly(stream, int(headers["content-length"])).decode()

    def open(self, token):
        line, stream = self.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        line.sendall((f"GET /upload/{token} HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nHost: localhost:{self.port}\r\n"
                      "\r\n").encode())
        first, headers = read_head(stream)
        if not first.startswith("HTTP/1.1 101") or headers.get("sec-websocket-accept") != accept_of(key):
            line.close()
            raise AssertionError(f"no WebSocket: {first} {headers}")
        return line, stream

    def upload(self, name, content, ends, waits=lambda: None, **options):
        """ends: "closes" (with a handshake), "ends" (of the stream), "resets", "cut" (inside its frame);
        `waits` comes before. The messages that the server sent before its close frame, as text."""
        line, stream = self.open(self.token_for(name, **options))
        with line, stream:
            whole = frame(BINARY, content)
            if ends == "cut":
                line.sendall(whole[:-1])
                drop(line)
                return []
            line.sendall(whole)
            waits()
            if ends == "resets":
                drop(line)
                return []
            if ends == "ends":
                line.shutdown(socket.SHUT_WR)
                return []
            line.sendall(frame(CLOSE, struct.pack("!H", 1000)))
            messages = []
            while True:
                opcode, _, payload = read_frame(stream)
                if opcode == CLOSE:
                    return messages
                if opcode in (TEXT, BINARY):
                    messages.append(payload.decode())
