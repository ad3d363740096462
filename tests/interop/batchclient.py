"""A sender of batches written from PROTOCOL.md, section 3, over python3-websockets; nothing of ours takes part. The
hashes are those of the tool xxhsum."""

import http.client
import json
import os
import struct

import websockets
from sockdropcli import CHUNK, PATIENCE, xxh64, xxh128

FIRST_CREDIT = 12 << 20
MOST_MESSAGE = 512 << 10
HEADER = 40


def control(message):
    """A control message from a dict, or from the JSON text itself."""
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    return f"{xxh64(text.encode()).hex()} {text}"


def read_control(text):
    digits, _, rest = text.partition(" ")
    if digits != xxh64(rest.encode()).hex():
        raise AssertionError(f"a control message with a wrong hash: {text}")
    return json.loads(rest)


def chunk(number, offset, content):
    head = struct.pack("!IIq", number, len(content), offset) + xxh128(content)
    return head + xxh64(head) + content


def chain_of(content):
    """The chain over the chunks of some content, in bytes."""
    hashes = [xxh128(content[at:at + CHUNK]) for at in range(0, len(content), CHUNK)] or [xxh128(b"")]
    chain = hashes[0]
    for one in hashes[1:]:
        chain = xxh128(chain + one)
    return chain


def digest_text(content):
    return ("xxh3-128-chain:" if len(content) > CHUNK else "xxh3-128:") + chain_of(content).hex()


def token_for(port, offer):
    """(status, token or what was said)"""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    line.request("POST", "/upload", json.dumps(offer).encode(), {"Content-Type": "application/json"})
    answer = line.getresponse()
    body = answer.read().decode()
    line.close()
    return answer.status, json.loads(body)["token"] if answer.status == 200 else body


class Batch:
    """Files by path, None for an empty folder. The same object may be brought over by several connections."""

    def __init__(self, port, files, mtime=1_700_000_000_123, source=None, **offer):
        self.port = port
        self.files = list(files.items())
        self.mtime = mtime
        self.source = source
        self.offer = {"batch": os.urandom(16).hex(), "files": len(files), "sender": "interop",
                      "bytes": sum(len(content or b"") for content in files.values()),
                      "names": [next(iter(files)).split("/")[0]]} | offer
        self.settled = set()  # numbers of files that landed, failed or were skipped

    def content(self, number):
        return self.files[number - 1][1]

    def announced(self, number):
        path, content = self.files[number - 1]
        said = {"path": path, "mtime": self.mtime}
        said |= {"folder": True} if content is None else {"size": len(content)}
        return said | ({"source": f"{self.source} {number}"} if self.source and content is not None else {})

    async def connect(self):
        status, token = token_for(self.port, self.offer)
        if status != 200:
            raise AssertionError(f"{status}: {token}")
        socket = await websockets.connect(f"ws://127.0.0.1:{self.port}/upload/{token}", subprotocols=["sockdrop.v1"],
                                          max_size=MOST_MESSAGE, max_queue=None)
        if socket.subprotocol != "sockdrop.v1":
            raise AssertionError(f"another subprotocol: {socket.subprotocol}")
        return Connection(self, socket)

    async def bring_over(self):
        """On one connection, to the receipt; everything that the receiver said, by type."""
        connection = await self.connect()
        await connection.announce()
        await connection.run()
        return connection.heard


class Connection:
    def __init__(self, batch, socket):
        self.batch = batch
        self.socket = socket
        self.heard = {}  # type: messages
        self.sent = 0
        self.acknowledged = 0
        self.credit = FIRST_CREDIT
        self.pending = []  # (number, offset) of chunks to be sent

    async def say(self, message):
        await self.socket.send(control(message))

    async def announce(self):
        number, run = 1, []
        for number in range(1, len(self.batch.files) + 2):
            if number <= len(self.batch.files) and number not in self.batch.settled:
                run.append(number)
            elif run:  # the numbers of one announcement follow each other
                await self.say({"type": "announce", "first": run[0], "files": [self.batch.announced(one) for one in run]})
                run = []

    async def hear(self, kind=None):
        """The next message; of that kind, what comes before it being taken, too."""
        while True:
            message = read_control(await self.socket.recv())
            self.heard.setdefault(message["type"], []).append(message)
            await self.take(message)
            if kind in (None, message["type"]):
                return message

    async def take(self, message):
        kind = message["type"]
        if kind == "ack":
            self.acknowledged, self.credit = message["bytes"], message["credit"]
        elif kind == "plan":
            for want in message.get("want", []):
                self.want(want)
            self.batch.settled |= {skip["file"] for skip in message.get("skip", [])}
            for check in message.get("check", []):
                await self.compare(check)
        elif kind == "again":
            self.pending.insert(0, (message["file"], message["offset"]))
        elif kind == "landed":
            for landed in message["files"]:
                content = self.batch.content(landed["file"])
                wanted = None if content is None else digest_text(content)
                if landed.get("digest") != wanted:
                    raise AssertionError(f"landed with another digest than {wanted}: {landed}")
                self.batch.settled.add(landed["file"])
        elif kind == "failed":
            self.batch.settled.add(message["file"])

    def want(self, want):
        number, offset = want["file"], want.get("offset", 0)
        content = self.batch.content(number)
        if offset and want["digest"] != chain_of(content[:offset]).hex():
            raise AssertionError(f"what is there already is something else: {want}")
        self.pending += [(number, at) for at in range(offset, len(content), CHUNK)]

    async def compare(self, check):
        if check["digest"] == digest_text(self.batch.content(check["file"])):
            self.batch.settled.add(check["file"])
            await self.say({"type": "same", "files": [{"file": check["file"]}]})
        else:
            self.want({"file": check["file"]})

    def next_message(self, most):
        """As many chunks as fit into a message and the credit."""
        message = b""
        while self.pending and most > 0:
            number, offset = self.pending[0]
            content = self.batch.content(number)[offset:offset + CHUNK]
            if len(message) + HEADER + len(content) > MOST_MESSAGE or self.sent + len(content) - self.acknowledged > self.credit:
                break
            self.pending.pop(0)
            self.sent += len(content)
            message += chunk(number, offset, content)
            most -= 1
        return message

    async def send_chunks(self, most=1 << 30):
        message = self.next_message(most)
        if message:
            await self.socket.send(message)
        return bool(message)

    async def run(self):
        """Sends what is wanted, then the end, and waits for the receipt and the close."""
        numbers = set(range(1, len(self.batch.files) + 1))
        while self.batch.settled != numbers:
            if not await self.send_chunks():
                await self.hear()
        await self.say({"type": "end"})
        await self.hear("receipt")
        await self.socket.wait_closed()
