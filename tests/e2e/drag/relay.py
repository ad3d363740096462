"""A wire between two programs that can be held, so that a transfer stays half way for as long as it is looked at."""

import socket
import threading


class Relay:
    """Forwards connections to a port of this machine. Between hold() and release(), only the first `limit` bytes
    of each get through."""

    def __init__(self, target, limit):
        self.target = target
        self.limit = limit
        self.holding = threading.Event()
        self.released = threading.Event()
        self.released.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.pump, args=(client, server, self.limit), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, None), daemon=True).start()

    def pump(self, source, sink, limit):
        passed = 0
        try:
            while data := source.recv(65536):
                sink.sendall(data)
                passed += len(data)
                if limit is not None and passed >= limit and not self.released.is_set():
                    self.holding.set()
                    self.released.wait()
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def hold(self):
        self.holding.clear()
        self.released.clear()

    def is_holding(self):
        return self.holding.is_set()

    def release(self):
        self.released.set()
