"""Keys of [supervisord] that change what a daemon does with its logs and its programs' surroundings, on both daemons:
logfile (a device), logfile_maxbytes, logfile_backups, silent, nocleanup, strip_ansi, environment, identifier (contract
supervisor.md 1.9, 3.1); and no [rpcinterface:x]."""
from pair import BASE, Pair, PairTest, Side, main, support

PROGRAMS = r"""
[program:surroundings]
command = /bin/sh -c "echo $TOWN $LAYER $PLACE"
environment = LAYER="program",PLACE="%(ENV_TOWN)s"
startsecs = 0
autorestart = false
stdout_logfile = %(here)s/surroundings.out

[program:colours]
command = /usr/bin/printf '\033[1mbold\033[0m \033[31;4mred\033[m plain\n'
startsecs = 0
autorestart = false
stdout_logfile = %(here)s/colours.out

[program:talks]
command = /bin/sh -c "for i in 1 2 3 4 5 6 7 8; do printf '%%2000s\n' word$i; until cat %(here)s/main.log* | grep -q word$i; do sleep 0.02; done; done"
autostart = false
startsecs = 0
autorestart = false
stdout_logfile = NONE

[program:automatic]
command = /bin/cat
"""
LEFT_BEHIND = ["web-stdout---compat-abcdefgh.log", "web-stdout---compat-abcdefgh.log.1", "web-stdout---other-abcdefgh.log", "compat.log"]


def changed(**keys):
    return BASE.replace("[supervisord]\n", "[supervisord]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()), 1)


class WithLeftovers(PairTest):
    """A pair in whose childlogdir an earlier daemon left its AUTO logs."""
    CONFIG = PROGRAMS

    @classmethod
    def setUpClass(cls):
        cls.pair = Pair(cls.CONFIG, cls.BASE_TEXT)
        for side in cls.pair.sides:
            for name in LEFT_BEHIND:
                (side.folder / name).write_text("old")
        cls.pair.__enter__()

    def left(self, side):
        return [(side.folder / name).exists() for name in LEFT_BEHIND]

    def output(self, name):
        self.pair.wait_for(lambda side: side.file(name), name)
        return lambda side: side.file(name)


class Changed(WithLeftovers):
    BASE_TEXT = changed(nocleanup="true", strip_ansi="true", silent="true", loglevel="debug", logfile_maxbytes="3KB", logfile_backups="2",
                        environment='TOWN="Oslo",LAYER="daemon"')

    def test_them(self):
        self.assertEqual(self.same("nocleanup", self.left), ("value", [True, True, True, True]))
        self.assertEqual(self.same("environment", self.output("surroundings.out")), ("value", "Oslo program Oslo\n"))
        self.assertEqual(self.same("strip_ansi", self.output("colours.out")), ("value", "bold red plain\n"))
        self.assertEqual(self.same("silent", lambda side: side.file("stdout")), ("value", ""))
        self.pair.both(lambda side: side.rpc.supervisor.startProcess("talks"))
        self.pair.wait_state("talks", "EXITED")
        names = ["main.log", "main.log.1", "main.log.2"]
        self.pair.wait_for(lambda side: sorted(path.name for path in side.folder.glob("main.log*")) == names, "the last rotation")
        self.assertEqual(self.same("rotation", lambda side: sorted(path.name for path in side.folder.glob("main.log*"))),
                         ("value", names))
        self.same("sizes", lambda side: all(path.stat().st_size < 6000 for path in side.folder.glob("main.log*")))


class AsTheyAre(WithLeftovers):
    BASE_TEXT = BASE.replace("[supervisord]\n", "[supervisord]\nenvironment = TOWN=Bergen\n", 1)

    def test_them(self):
        self.assertEqual(self.same("cleanup", self.left), ("value", [False, False, True, True]))
        self.same("environment", self.output("surroundings.out"))
        self.assertIn("\x1b", self.same("colours stay", self.output("colours.out"))[1])
        self.pair.wait_state("automatic", "RUNNING")
        self.same_in_the_end("said on stdout", lambda side: "spawned: 'automatic'" in side.file("stdout"))
        self.same("automatic log", lambda side: len(list(side.folder.glob("automatic-stdout---compat-????????.log"))))


class ToStandardOutput(PairTest):
    """As in a container: all logs go to the daemon's own output, which cannot be rotated (contract 3.1)."""
    BASE_TEXT = changed().replace("%(here)s/main.log", "/dev/stdout\nlogfile_maxbytes = 0\nsilent = true")
    CONFIG = "".join(f"""
[program:{name}]
command = /bin/sh -c "echo {name} out; echo {name} err >&2"
startsecs = 0
autorestart = false
stdout_logfile = {out}
stdout_logfile_maxbytes = 0
stderr_logfile = {err}
stderr_logfile_maxbytes = 0
""" for name, out, err in (("devices", "/dev/stdout", "/dev/stderr"), ("numbers", "/dev/fd/1", "/dev/fd/2"), ("nowhere", "/dev/null", "/dev/null")))

    def test_them(self):
        for name in ("devices", "numbers", "nowhere"):
            self.pair.wait_state(name, "EXITED")
        self.same_lines("the daemon's words", lambda side: sorted(
            side.normal(line)[24:] for line in side.file("stdout").splitlines() if "spawned: " in line or "exited: " in line))
        self.same_lines("stdout of programs", lambda side: sorted(line for line in side.file("stdout").splitlines() if line.endswith(" out")))
        self.same_lines("stderr of programs", lambda side: sorted(side.file("stderr").splitlines()))
        for name in ("devices", "nowhere"):
            self.same(f"path of {name}", lambda side: side.rpc.supervisor.getProcessInfo(name)["stdout_logfile"])
        self.same("read nowhere", lambda side: side.rpc.supervisor.readProcessStdoutLog("nowhere", 0, 0))
        self.same("tail nowhere", lambda side: side.rpc.supervisor.tailProcessStdoutLog("nowhere", 0, 10))


class WithoutInterface(PairTest):
    """No [rpcinterface:x]: there is no supervisor.* (contract 1.15), and supervisorctl says so (6.1)."""
    BASE_TEXT = BASE[:BASE.index("[rpcinterface")] + BASE[BASE.index("[unix_http_server]"):]
    CONFIG = "[program:cat]\ncommand = /bin/cat\n"

    @classmethod
    def setUpClass(cls):
        original = Side.wait_ready
        Side.wait_ready = lambda side: support.wait_for(side.rpc.system.listMethods, what=f"{side.name} to answer")
        try:
            super().setUpClass()
        finally:
            Side.wait_ready = original

    def test_them(self):
        self.same("listMethods", lambda side: [name for name in side.rpc.system.listMethods() if name.split(".")[0] in ("supervisor", "system")])
        self.same("getState", lambda side: side.rpc.supervisor.getState())
        for words in (["status"], ["start", "cat"], ["version"]):
            self.same(f"ctl {words}", lambda side: side.ctl(*words))


if __name__ == "__main__":
    main()
