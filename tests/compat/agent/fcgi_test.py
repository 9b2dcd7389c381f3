"""[fcgi-program:x] under both daemons (contract supervisor.md 1.12): who makes the socket, its owner and mode, that all
processes of a group share it as descriptor 0, and when it is closed."""
import pathlib
import socket
import stat

import pair
from pair import support

ACCEPTOR = r"""
import os, socket, sys
listening = socket.socket(fileno=0)
while True:
    stream, _ = listening.accept()
    family = "inet" if listening.family == socket.AF_INET else "unix"
    stream.sendall(f"{family} {os.environ['SUPERVISOR_PROCESS_NAME']}".encode())
    stream.close()
"""

CONFIG = """
[fcgi-program:net]
command = /usr/bin/python3 %(here)s/acceptor.py
process_name = net_%(process_num)d
numprocs = 2
startsecs = 0
startretries = 100
autostart = false
socket = tcp://LocalHost:%(ENV_FCGI_PORT)s
socket_backlog = 7

[fcgi-program:local]
command = /usr/bin/python3 %(here)s/acceptor.py
startsecs = 0
socket = unix://%(here)s/local.sock
socket_owner = nobody:nogroup
socket_mode = 0660

[fcgi-program:plain]
command = /usr/bin/python3 %(here)s/acceptor.py
startsecs = 0
autostart = false
socket = unix://%(here)s/plain.sock

[fcgi-program:user]
command = /bin/sleep 1000
user = nobody
startsecs = 0
socket = unix://%(here)s/user.sock

[fcgi-program:gone]
command = /bin/sh -c 'exit 0'
autostart = false
autorestart = false
startsecs = 0
socket = unix://%(here)s/gone.sock
"""


class FastCgi(pair.PairTest):
    CONFIG = CONFIG

    @classmethod
    def setUpClass(cls):
        cls.ports = {}
        original = support.Daemon.start

        def start(daemon, *arguments):
            (daemon.folder / "acceptor.py").write_text(ACCEPTOR)
            cls.ports[daemon.name] = support.free_port()
            daemon.environment["FCGI_PORT"] = str(cls.ports[daemon.name])
            return original(daemon, *arguments)
        support.Daemon.start = start
        try:
            super().setUpClass()
        finally:
            support.Daemon.start = original

    @classmethod
    def prepare(cls):
        for name in ("local", "user"):
            cls.pair.wait_state(name, "RUNNING")

    def talk(self, side, name):
        """What a program behind the socket says; None: nobody listens."""
        try:
            if name == "net":
                stream = socket.create_connection(("127.0.0.1", self.ports[side.name]), timeout=support.PATIENCE_S)
            else:
                stream = socket.socket(socket.AF_UNIX)
                stream.settimeout(support.PATIENCE_S)
                stream.connect(str(side.folder / f"{name}.sock"))
            with stream:
                return stream.recv(100).decode()
        except (ConnectionRefusedError, FileNotFoundError, ConnectionResetError) as refused:
            return type(refused).__name__

    def said(self, side):
        """The main log's words about sockets."""
        lines = [line.split(" ", 2)[2] for line in side.file("main.log").splitlines() if " socket " in line]
        return [side.normal(line).replace(str(self.ports[side.name]), "FCGI") for line in lines]

    def closed(self, url, times):
        """Waits until both logs say that often that the socket was closed: the line follows the answer to the stop."""
        self.pair.wait_for(
            lambda side: sum(line.startswith("INFO Closing") and url in line for line in self.said(side)) >= times,
            f"{url} closed")

    def test_1_owner_and_mode(self):
        def facts(side, name):
            info = (side.folder / f"{name}.sock").lstat()
            return stat.filemode(info.st_mode), info.st_uid, info.st_gid
        self.same("told", lambda side: facts(side, "local"))
        self.same("by its user", lambda side: facts(side, "user"))
        self.same_lines("at the start each is tried out, then made", self.said)

    def test_2_sharing(self):
        self.same("talk", lambda side: self.talk(side, "local"))
        self.same("start the first", lambda side: side.rpc.supervisor.startProcess("net:net_0"))
        self.same("of one", lambda side: self.talk(side, "net"))
        self.same("start the second", lambda side: side.rpc.supervisor.startProcess("net:net_1"))
        self.same("stop the first", lambda side: side.rpc.supervisor.stopProcess("net:net_0"))
        self.same("of the other", lambda side: self.talk(side, "net"))
        self.same("stop the second", lambda side: side.rpc.supervisor.stopProcess("net:net_1"))
        self.pair.wait_for(lambda side: self.talk(side, "net") == "ConnectionRefusedError", "it closed")
        self.closed("FCGI", 2)
        self.same("made once, closed with the last", lambda side: self.said(side)[-2:])

    def test_3_again(self):
        self.same("start", lambda side: side.rpc.supervisor.startProcess("plain"))
        self.same("talk", lambda side: self.talk(side, "plain"))
        self.same("no standard input", lambda side: side.rpc.supervisor.sendProcessStdin("plain", "text"))
        self.same("restart", lambda side: [side.rpc.supervisor.stopProcess("plain"), side.rpc.supervisor.startProcess("plain")])
        self.same("talk again", lambda side: self.talk(side, "plain"))
        self.same("the path stays", lambda side: [side.rpc.supervisor.stopProcess("plain"), (side.folder / "plain.sock").exists()])
        self.closed("plain.sock", 3)
        self.same("words", lambda side: self.said(side)[-4:])

    def test_4_an_end_by_itself(self):
        self.pair.both(lambda side: side.rpc.supervisor.startProcess("gone", False))
        self.pair.wait_state("gone", "EXITED")
        self.closed("gone.sock", 2)
        self.same("words", lambda side: self.said(side)[-2:])

    def test_5_address_in_use(self):
        """Ours only: supervisord ends by an uncaught exception."""
        side = self.pair.ours
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", self.ports[side.name]))
            taken.listen()
            with self.assertRaises(pair.xmlrpc.client.Fault) as raised:
                side.rpc.supervisor.startProcess("net:net_0")
            self.assertIn(raised.exception.faultString.split(":")[0], ("SPAWN_ERROR", "ABNORMAL_TERMINATION"))
            info = side.rpc.supervisor.getProcessInfo("net:net_0")
            self.assertEqual(info["spawnerr"], f"Could not create FastCGI socket tcp://localhost:{self.ports[side.name]}: "
                             "Address already in use")
        side.wait_state("net:net_0", "RUNNING")
        self.assertEqual(self.talk(side, "net"), "inet net_0")

    def test_6_update(self):
        for side in self.pair.sides:
            side.daemon.config.write_text(side.daemon.config.read_text().replace("local.sock", "moved.sock"))
        self.same("update", lambda side: side.ctl("update"))
        self.pair.wait_state("local", "RUNNING")  # its program is started after the answer
        self.same("at its new place", lambda side: self.talk(side, "moved"))


if __name__ == "__main__":
    pair.main()
