"""Keys of [supervisord] that change what a daemon does with its logs and its programs' surroundings, on both daemons:
logfile_maxbytes, logfile_backups, silent, nocleanup, strip_ansi, environment, identifier (contract supervisor.md 1.9)."""
from pair import BASE, Pair, PairTest, main, support

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
command = /bin/sh -c "for i in 1 2 3 4 5 6 7 8; do printf '%%2000d\n' $i; sleep 0.1; done"
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
        self.pair.both(lambda side: support.wait_for(lambda: side.file(name), 10, name))
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
        self.assertEqual(self.same("rotation", lambda side: sorted(path.name for path in side.folder.glob("main.log*"))),
                         ("value", ["main.log", "main.log.1", "main.log.2"]))
        self.same("sizes", lambda side: all(path.stat().st_size < 6000 for path in side.folder.glob("main.log*")))


class AsTheyAre(WithLeftovers):
    BASE_TEXT = BASE.replace("[supervisord]\n", "[supervisord]\nenvironment = TOWN=Bergen\n", 1)

    def test_them(self):
        self.assertEqual(self.same("cleanup", self.left), ("value", [False, False, True, True]))
        self.same("environment", self.output("surroundings.out"))
        self.assertIn("\x1b", self.same("colours stay", self.output("colours.out"))[1])
        self.same("said on stdout", lambda side: "spawned: 'automatic'" in side.file("stdout"))
        self.same("automatic log", lambda side: len(list(side.folder.glob("automatic-stdout---compat-????????.log"))))


if __name__ == "__main__":
    main()
