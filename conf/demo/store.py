"""The few commands of redis' protocol that the demo needs, over one connection; reconnects are the caller's."""
import socket


class Store:
    def __init__(self, host: str, port: int, timeout_s: float = 2.0):
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._file = self._socket.makefile("rb")

    def call(self, *words: str):
        parts = [f"*{len(words)}\r\n".encode()]
        for word in words:
            data = str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self._socket.sendall(b"".join(parts))
        return self._answer()

    def _answer(self):
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the store closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if int(rest) < 0:
                return None
            data = self._file.read(int(rest) + 2)
            return data[:-2].decode()
        if kind == b"*":
            return [self._answer() for _ in range(int(rest))]
        raise ConnectionError(f"the store answered {line!r}")

    def close(self):
        self._file.close()
        self._socket.close()
