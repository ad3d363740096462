"""A line between two programs that counts what passes and does to it what lines do: breaks, stalls, trickles, lies.
What happens is planned by the bytes that have passed before it, never by time."""

import bisect
import itertools
import socket
import struct
import threading
import time

UP, DOWN = "up", "down"  # to the receiver, and back
BLOCK = 256 * 1024
LOOK = 0.2  # seconds between looks at whether the line is still wanted


class Severed(Exception):
    """There is nothing left to forward on this connection."""


class Fault:
    """Something planned. Once forget_plans() has returned, what has not begun never will."""

    begun = False


class Trigger(Fault):
    """Calls something once so many bytes have gone on; the bytes stay as they are."""

    def __init__(self, call):
        self.call = call
        self.over = threading.Event()

    def __str__(self):
        return "trigger"

    def apply(self, connection, direction, data):
        self.call()
        self.over.set()
        return data


class Cut(Fault):
    """Ends the connection in order. The next `refusals` connections are reset as soon as they are there."""

    def __init__(self, refusals=0):
        self.refusals = refusals

    def __str__(self):
        return f"cut, then {self.refusals} refused" if self.refusals else "cut"

    def apply(self, connection, direction, data):
        connection.line.refuse(self.refusals)
        connection.cut()
        raise Severed


class Reset(Fault):
    """Ends the connection with a TCP reset at both ends."""

    def __str__(self):
        return "reset"

    def apply(self, connection, direction, data):
        connection.reset()
        raise Severed


class Stall(Fault):
    """Lets nothing pass in this direction for a while."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __str__(self):
        return f"stall of {self.seconds} s"

    def apply(self, connection, direction, data):
        if connection.dead.wait(self.seconds):
            raise Severed
        return data


class Hold(Fault):
    """Lets nothing pass in this direction until release(). `reached` is set when it begins."""

    def __init__(self):
        self.reached = threading.Event()
        self._released = threading.Event()

    def __str__(self):
        return "hold"

    def release(self):
        self._released.set()

    def apply(self, connection, direction, data):
        self.reached.set()
        while not self._released.wait(LOOK):
            if connection.dead.is_set():
                raise Severed
        return data


class Trickle(Fault):
    """Sends the next bytes one at a time."""

    def __init__(self, count):
        self.count = count

    def __str__(self):
        return f"{self.count} single bytes"

    def apply(self, connection, direction, data):
        now = min(self.count, len(data))
        for place in range(now):
            connection.send(direction, data[place:place + 1])
        connection.line.count(direction, now)
        if now < self.count:
            connection.line.plan(direction, connection.line.passed[direction], Trickle(self.count - now))
        return data[now:]


class Flip(Fault):
    """Changes the next byte."""

    def __init__(self, mask):
        self.mask = mask

    def __str__(self):
        return f"flip by {self.mask:#04x}"

    def apply(self, connection, direction, data):
        connection.send(direction, bytes([data[0] ^ self.mask]))
        connection.line.count(direction, 1)
        return data[1:]


class Connection:
    """A client's connection and ours to the server. Each pump is a thread; the one that ends last closes."""

    def __init__(self, line, client, server):
        self.line = line
        self.ends = {UP: (client, server), DOWN: (server, client)}
        self.dead = threading.Event()
        self._pumping = 2
        self._lock = threading.Lock()
        for end in (client, server):
            end.settimeout(LOOK)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.threads = [threading.Thread(target=self._pump, args=(direction,), daemon=True) for direction in (UP, DOWN)]
        for thread in self.threads:
            thread.start()

    def cut(self):
        self.dead.set()
        self._shut_down(socket.SHUT_RDWR)

    def reset(self):
        """Whoever closes later sends the resets; until then this wakes who reads, and tells the ends nothing."""
        for end in self.ends[UP]:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.dead.set()
        self._shut_down(socket.SHUT_RD)

    def _shut_down(self, how):
        for end in self.ends[UP]:
            try:
                end.shutdown(how)
            except OSError:
                pass

    def send(self, direction, data):
        sink = self.ends[direction][1]
        data = memoryview(data)
        while data:
            if self.dead.is_set():
                raise Severed
            try:
                data = data[sink.send(data):]
            except TimeoutError:
                pass

    def _pump(self, direction):
        source, sink = self.ends[direction]
        try:
            while True:
                try:
                    data = source.recv(BLOCK)
                except TimeoutError:
                    if self.dead.is_set():
                        break
                    continue
                if not data:
                    break
                self.line.forward(self, direction, memoryview(data))
            if not self.dead.is_set():
                sink.shutdown(socket.SHUT_WR)
        except Severed:
            pass
        except OSError:
            self.reset()
        finally:
            with self._lock:
                self._pumping -= 1
                if self._pumping == 0:
                    self.dead.set()
                    for end in self.ends[UP]:
                        end.close()


class Line:
    """Listens on a free port of the loopback and forwards to the port `target`, whoever listens there then."""

    def __init__(self, target, buffer=None):
        self.target = target
        self.passed = {UP: 0, DOWN: 0}
        self.happened = []
        self._plans = {UP: [], DOWN: []}
        self._order = itertools.count()
        self._refusals = 0
        self._lock = threading.RLock()
        self._connections = []
        self._buffer = buffer  # of each connection: how much may be under way unseen
        self.port = 0
        self.listen()
        self.address = f"127.0.0.1:{self.port}"

    def listen(self):
        """Again on the same port after deafen(). Another program's connection may have it for a moment."""
        for attempt in range(50):
            try:
                self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
                break
            except OSError:
                if attempt == 49:
                    raise
                time.sleep(0.1)
        if self._buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._acceptor.start()

    def deafen(self):
        """Whoever connects is refused, as by a machine where nobody listens."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._acceptor.join()

    def plan(self, direction, offset, fault):
        """The fault meets the byte that has `offset` before it in that direction, over all connections."""
        with self._lock:
            bisect.insort(self._plans[direction], (offset, next(self._order), fault))

    def forget_plans(self):
        with self._lock:
            self._plans = {UP: [], DOWN: []}

    def count(self, direction, number):
        with self._lock:
            self.passed[direction] += number

    def refuse(self, connections):
        with self._lock:
            self._refusals += connections

    def forward(self, connection, direction, data):
        """Counts before it sends, so that what a connection loses counts as passed."""
        while data:
            with self._lock:
                due = self._plans[direction][:1]
                before = due[0][0] - self.passed[direction] if due else len(data)
                if before <= 0:
                    fault = self._plans[direction].pop(0)[2]
                    fault.begun = True
                    self.happened.append(f"{fault} {direction} at {self.passed[direction]}")
                    part = None
                else:
                    part = data[:before]
                    self.passed[direction] += len(part)
            if part is None:
                data = fault.apply(connection, direction, data)
            else:
                connection.send(direction, part)
                data = data[len(part):]

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                refused = self._refusals > 0
                self._refusals -= refused
            server = None if refused else self._reach()
            if server is None:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
                continue
            with self._lock:
                self._connections = [one for one in self._connections if not one.dead.is_set()]
                self._connections.append(Connection(self, client, server))

    def _reach(self):
        try:
            return socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            return None

    def close(self):
        self.deafen()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.cut()
        for connection in connections:
            for thread in connection.threads:
                thread.join()
