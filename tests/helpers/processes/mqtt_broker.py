"""A broker of MQTT 3.1.1, as small as one test needs: it lets clients sign in and subscribe, and
publishes to them.
"""

import socket
import struct
import threading
from contextlib import suppress


class Broker:
    """Listens on loopback; ``password`` is asked for where it is set."""

    def __init__(self, password: str = ""):
        self._password = password
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self.port = self._listening.getsockname()[1]
        self.subscribed: list[str] = []
        self.ready = threading.Event()
        self._clients: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a message (QoS 0) to every client."""
        body = struct.pack("!H", len(topic.encode())) + topic.encode() + payload
        for client in self._clients:
            client.sendall(b"\x30" + _length(len(body)) + body)

    def close(self) -> None:
        for each in (self._listening, *self._clients):
            with suppress(OSError):
                each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError, EOFError):
            while True:
                kind, body = _packet(client)
                if kind >> 4 == 1:  # CONNECT
                    admitted = not self._password or body.endswith(self._password.encode())
                    client.sendall(b"\x20\x02\x00" + (b"\x00" if admitted else b"\x05"))
                    if admitted:
                        self._clients.append(client)
                elif kind >> 4 == 8:  # SUBSCRIBE
                    size = struct.unpack("!H", body[2:4])[0]
                    self.subscribed.append(body[4 : 4 + size].decode())
                    client.sendall(b"\x90\x03" + body[:2] + b"\x00")
                    self.ready.set()
                elif kind >> 4 == 12:  # PINGREQ
                    client.sendall(b"\xd0\x00")


def _packet(client: socket.socket) -> tuple[int, bytes]:
    kind, length, shift = _read(client, 1)[0], 0, 0
    while True:
        byte = _read(client, 1)[0]
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return kind, _read(client, length)


def _read(client: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = client.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def _length(count: int) -> bytes:
    found = b""
    while True:
        count, digit = divmod(count, 128)
        found += bytes([digit | (128 if count else 0)])
        if not count:
            return found
