"""What a server that is none of ours may answer to holdfastctl: whatever it is, the command ends in time with a text for
people and a status, and neither its memory nor what it reads grows without a bound."""
import pathlib
import resource
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
READ_MAX = 80 << 20  # one answer may have 64 MiB, what lies between the two besides
VALUE = b"<?xml version='1.0'?><methodResponse><params><param><value>%s</value></param></params></methodResponse>"
BOMB = (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" +
        b"".join(b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(8)) +
        b"]><methodResponse><params><param><value>&i;</value></param></params></methodResponse>")


def whole(body, fields=b"Content-Type: text/xml\r\n"):
    return [OK + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body]


def endless(begin, more):
    yield begin
    while True:
        yield more * (65536 // len(more) + 1)


# What is answered (pieces of bytes), and what is said of it.
ANSWERS = {
    "nothing": ([], "closed the connection"),
    "another protocol": ([b"SSH-2.0-OpenSSH_9\r\n"], "speaks no HTTP"),
    "half a header": ([b"HTTP/1.1 200 OK\r\nContent-Le"], "closed the connection"),
    "a line feed after the last chunk": ([CHUNKED + b"0\r\n\n"], "chunks are malformed"),
    "a chunk line without end": (endless(CHUNKED, b"1;aaaa"), "chunks are malformed"),
    "trailers without end": (endless(CHUNKED + b"0\r\n", b"Name: value\r\n"), "chunks are malformed"),
    "chunks without end": (endless(CHUNKED, b"400\r\n" + b"x" * 1024 + b"\r\n"), "larger than"),
    "a chunk of all there is": (endless(CHUNKED + b"FFFFFFFFFFFFFFFF\r\n", b"x"), "chunks are malformed"),
    "a header line without end": (endless(OK + b"A: ", b"x"), "header is larger than"),
    "header lines without end": (endless(OK, b"Name: value\r\n"), "header is larger than"),
    "a body without end": (endless(OK + b"\r\n", b"x"), "larger than"),
    "interim answers without end": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "interim answers"),
    "a length that is a lie": ([OK + b"Content-Length: 10\r\n\r\nhalf"], "closed the connection"),
    "two lengths": ([OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"], "no proper HTTP"),
    "a length of all there is": (endless(OK + b"Content-Length: 18446744073709551615\r\n\r\n", b"x"), "larger than"),
    "a length beyond": ([OK + b"Content-Length: 18446744073709551616\r\n\r\n"], "no proper HTTP"),
    "a redirect": ([b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"], "HTTP status 301"),
    "packed": ([OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"], "Content-Encoding"),
    "a page": (whole(b"<!DOCTYPE html><html><p>hello</html>", b"Content-Type: text/html\r\n"), "no XML-RPC"),
    "an empty body": (whole(b""), "no XML-RPC"),
    "an XML bomb": (whole(BOMB), "no XML-RPC"),
    "a file of this machine": (whole(b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
                                     b"<methodResponse><params><param><value>&a;</value></param></params></methodResponse>"),
                               "no XML-RPC"),
    "values nested deeply": (whole(VALUE % (b"<array><data><value>" * 50000 + b"</value></data></array>" * 50000)),
                             "no XML-RPC"),
    "elements without end": (whole(VALUE % (b"<array><data>" + b"<value/>" * 3_000_000 + b"</data></array>")), "no XML-RPC"),
}


class Foreign:
    """Accepts connections one after another and answers each with the same pieces."""

    def __init__(self, pieces):
        self.sent = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, args=(pieces,))
        self.thread.start()

    def serve(self, pieces):
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(65536)
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    self.sent += len(piece)
            except OSError:
                return  # it had enough

    def close(self):
        self.listener.close()
        self.thread.join()


def small():
    """Only what an answer may need at most: an address space of 1 GiB."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


class ForeignServer(unittest.TestCase):
    def ask(self, pieces):
        server = Foreign(pieces)
        try:
            done = support.run(support.BIN / "holdfastctl", "-s", server.url, "history", timeout_s=110,
                               preexec_fn=None if support.sanitized() else small)
        finally:
            server.close()
        return server, done

    def test_every_answer_is_a_text_and_a_status(self):
        for name, (pieces, words) in ANSWERS.items():
            with self.subTest(name):
                server, done = self.ask(pieces)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertIn(words, done.stdout + done.stderr)
                self.assertIn(server.url, done.stdout + done.stderr)
                self.assertLess(server.sent, READ_MAX)

    def test_byte_by_byte_is_read_as_any_other(self):
        def drops():
            for byte in CHUNKED + b"4\r\nwhat\r\n0\r\n\r\n":
                time.sleep(0.001)
                yield bytes([byte])
        _, done = self.ask(drops())
        self.assertIn("no XML-RPC", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=0)
