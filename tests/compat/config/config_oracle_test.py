"""Compares our configuration reader with the originals on generated input: the INI dialect with the parser that
Supervisor builds on Python's, expansion, environments and value types with Supervisor's functions, whole files with
Supervisor's own options object, and bad files with a running supervisord. Differences that we want are listed here,
each with its reason, and nowhere else. Usage: config_oracle_test.py CONFIG_DUMP"""
import json
import os
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile
import unittest

DUMP = sys.argv.pop(1)
SEED = 20240607
ENVIRONMENT = {"HOME": "/root", "PATH": "/usr/bin:/bin", "TOWN": "Bergen", "EMPTY": "", "LANG": "C.UTF-8"}
os.environ.clear()
os.environ.update(ENVIRONMENT)

from supervisor import datatypes  # noqa: E402  (after the environment is set: Supervisor copies it)
from supervisor.compat import ConfigParser  # noqa: E402
from supervisor.options import ServerOptions, UnhosedConfigParser, expand  # noqa: E402


class Dump:
    """The dumping executable, kept running: one request a line, one answer a line."""

    def __init__(self):
        self.process = subprocess.Popen([DUMP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        encoding="utf-8", env=ENVIRONMENT)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait()


def setUpModule():
    global DUMPER
    DUMPER = Dump()


def tearDownModule():
    assert DUMPER.close() == 0, "the dumping executable failed (its sanitizers may have found something)"


# ---------------------------------------------------------------------------------------------------------- generator

NAMES = ["supervisord", "program:a", "program:b.c", "group:g", "DEFAULT", "inet_http_server", "x y", "program:ÆØ", "a]b",
         "[", "eventlistener:l"]
KEYS = ["command", "Command", "environment", "files", "a.b", "key with blanks", "priority", "übung", "x"]
VALUES = ["/bin/cat", "A=1,", "A=1,B=2", "", "x;y", "x ;y", "x #y", "a#b#c #x ;y", "# z", "'a ; b'", "a = b : c", "%(here)s/x",
          "%%", "é ü 日本", "a\u00a0", "\u2003x", "tab\tinside", "[x]", "trailing   ", "\\n", "\"quoted\"", "=", ":", "a;b;c ;d",
          "x\u00a0;comment", "1,2", "%(ENV_TOWN)s", "x#", "x #", ";", "a\x0bb", "a\x0cb", "\x1cx", "\u200bx", "a\x85b"]
BROKEN = ["garbage", "=value", " = value", "[]", "[unclosed", "no delimiter here", ": v", "]", "[ ", "\ufeff[a]"]


def a_line(rng, broken):
    kind = rng.random()
    indent = rng.choice(["", "", "", " ", "  ", "\t", "    ", "\u00a0"])
    if broken and kind < 0.08:
        return indent + rng.choice(BROKEN)
    if kind < 0.22:
        return rng.choice(["", "", "", " "]) + "[" + rng.choice(NAMES) + "]" + rng.choice(["", "", " ; c", " rest", "  "])
    if kind < 0.62:
        delimiter = rng.choice(["=", "=", " = ", ":", ": ", " :", "\t=\t"])
        return rng.choice(["", "", "", " ", "  "]) + rng.choice(KEYS) + delimiter + rng.choice(VALUES)
    if kind < 0.78:
        return rng.choice(["  ", "    ", "\t", "\t\t"]) + rng.choice(VALUES + ["B=2", "second line", "k=v"])
    if kind < 0.9:
        return rng.choice(["", "", " ", "\t", "\u3000"])
    return indent + rng.choice(["# comment", "; comment", ";", "#", "#=x", "; [x]"])


def a_text(rng, broken):
    lines = ["[" + rng.choice(NAMES) + "]"] if rng.random() < 0.85 else []
    lines += [a_line(rng, broken) for _ in range(rng.randrange(1, 25))]
    newline = rng.choice(["\n", "\n", "\n", "\r\n", "\r"])
    return newline.join(lines) + rng.choice(["", newline, newline * 2])


def python_document(texts):
    """What Supervisor's parser makes of the texts, in the order and with the here-replacement of its read_config."""
    parser = UnhosedConfigParser()
    with tempfile.TemporaryDirectory() as folder:
        for name, text, *here in texts:
            path = os.path.join(folder, "text")
            pathlib.Path(path).write_bytes(text.encode("utf-8"))
            try:
                with open(path, encoding="utf-8") as file:
                    parser._read(file, name)
            except ConfigParser.ParsingError as error:
                return {"error": str(error)}
            if here:
                parser.expand_here(here[0])
    return {"sections": [[name, list(map(list, parser._sections[name].items())), sorted(parser.options(name))]
                         for name in parser.sections()],
            "defaults": list(map(list, parser.defaults().items()))}


def our_document(texts):
    answer = DUMPER.ask(what="document", texts=texts)
    if "error" in answer:
        return {"error": answer["error"]}
    return {"sections": [[name, [pair[:2] for pair in keys], sorted(every)] for name, keys, every in answer["sections"]],
            "defaults": [pair[:2] for pair in answer["defaults"]]}


class Dialect(unittest.TestCase):
    maxDiff = None

    def compare(self, texts):
        self.assertEqual(our_document(texts), python_document(texts), f"texts: {texts!r}")

    def test_generated_texts(self):
        rng = random.Random(SEED)
        counts = {"valid": 0, "broken": 0}
        for number in range(600):
            texts = [["/etc/it's \"x\".conf" if number % 7 == 0 else f"file{number}", a_text(rng, number % 2 == 1)]]
            self.compare(texts)
            counts["broken" if "error" in our_document(texts) else "valid"] += 1
        self.assertGreater(counts["valid"], 150, counts)  # the generator must not have become one-sided
        self.assertGreater(counts["broken"], 150, counts)

    def test_merged_texts_with_here(self):
        rng = random.Random(SEED + 1)
        for number in range(200):
            self.compare([[f"file{part}", "[a]\n" + a_text(rng, False), f"/here/{part}"] for part in range(3)])

    def test_samples_of_the_contract(self):
        for text in ["[a]\nx = 1 ; c\nx = 2", "[a]\nenvironment=A=1,\n  B=2", "[a]\nx=1\n\n  2\n", "[a]\n  x=1\n  y=2", "x=1\n",
                     "[a]\nx=1,\n  2\n;c\n  3", "[a] ; c\nX: 1", "\ufeff[a]\nx=1", "[DEFAULT]\nu=1\n[a]\nx=2", "[a]\nx=1\n[a]\nx=2\ny=3",
                     "[a]\nx =\n  1\n  2", "[a]\nx\x00y=1\n", "", "\n", "[a]\nx=1\n    # c\n   2", "[a]\n=1\n  2\nb=1\nc\n", "[a]]b]c\nx=1"]:
            self.compare([["f", text]])

    def test_places(self):
        answer = DUMPER.ask(what="document", texts=[["m", "[a]\n\nx=1\n 2\ny=3\n"], ["n", "[a]\nx=4\n"]])
        self.assertEqual(answer["sections"][0][1], [["x", "4", 2], ["y", "3", 5]])


# ------------------------------------------------------------------------------------------------- expansion and types

def python_answer(function, *arguments):
    try:
        return {"value": function(*arguments)}
    except ValueError as error:
        return {"error": str(error)}


class Expansion(unittest.TestCase):
    NAMES = {"a": "text", "b": 7, "n": -3, "here": "/x", "e": "é", "(x)": "nested", "": "nameless"}

    def check(self, form):
        expected = python_answer(expand, form, dict(self.NAMES), "section.key")
        ours = DUMPER.ask(what="expand", format=form, names=self.NAMES, label="section.key")
        got = {"value": ours["text"]} if "text" in ours else {"error": ours["error"]}
        self.assertEqual(got, expected, form)

    def test_forms(self):
        for form in ["plain", "%%", "%", "50%", "%(a)s", "%(b)d", "%(b)02d", "%(b)5d|", "%(b)-5d|", "%(b)+d", "%(b)x", "%(b)#x", "%(b)#o", "%(b)s",
                     "%(a)10s|", "%(a)-10s|", "%(a).2s", "%(a)r", "%(e)r", "%(e)a", "%(a)q", "%(a)", "%(a", "%(zz)s", "%(zz)q", "%(a)d", "%(a)x", "%(a)f",
                     "%(b)f", "%(b).2f", "%(b)e", "%(b)g", "%(n)d", "%(n)05d", "%(n)x", "%(a)c", "%(b)c", "%(e)c", "%(a)%", "%5%", "%(a)ls", "%(a)*d",
                     "%(b)*d", "%((x))s", "%()s", "x%(a)sy%(b)dz%%", "é%(a)q", "%(b).4d", "%(b)08.3d", "%(b) d", "%(a)é", "%(a)\n", "%(here)s/%(a)s", "%(a)05s",
                     "it's %(zz)s", "%(x'y)s", "%(b)i", "%(b)u", "%(b)X", "%(b)G", "%(a)hs", "%(b)+.3e", "%(n)+d", "%(b)-05d|", "%(b)#X", "%(n)#06x"]:
            with self.subTest(form=form):
                self.check(form)

    def test_generated_forms(self):
        rng = random.Random(SEED + 2)
        pieces = ["%(a)s", "%(b)d", "%(b)", "%%", "%(", ")", "s", "0", "5", ".", "-", "+", "#", " ", "%(n)", "x", "%(e)", "(", "q", "é", "%(zz)s", "d"]
        for _ in range(3000):
            form = "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 7)))
            if self.has_bare_conversion(form):
                continue  # a conversion without a name prints all names there; we refuse it
            self.check(form)

    @staticmethod
    def has_bare_conversion(form):
        class Watch(dict):
            bare = False

            def __str__(self):
                Watch.bare = True
                return ""
            __repr__ = __str__
        try:
            form % Watch(Expansion.NAMES)
        except Exception as error:  # noqa: BLE001
            return Watch.bare or "Watch" in str(error) or "%c requires" in str(error) or "not enough" in str(error) \
                or "unsupported" in str(error) and DUMPER.ask(what="expand", format=form, names=Expansion.NAMES, label="l")[
                    "error"].endswith("a conversion needs a name in parentheses") or "* wants" in str(error)
        return Watch.bare


def posix_pairs(text):
    """dict_of_key_value_pairs as of Supervisor 4.4: with POSIX quoting."""
    lexer = shlex.shlex(str(text), posix=True)
    lexer.wordchars += "/.+-():"
    tokens = list(lexer)
    pairs = {}
    for at in range(0, len(tokens), 4):
        triple = tokens[at:at + 3]
        if len(triple) != 3 or triple[1] != "=":
            raise ValueError("Unexpected end of key/value pairs in value '%s'" % text)
        pairs[triple[0]] = triple[2]
    return pairs


class EnvironmentText(unittest.TestCase):
    def check(self, text):
        expected = python_answer(posix_pairs, text)
        ours = DUMPER.ask(what="environment", text=text)
        self.assertEqual({"value": ours["pairs"]} if "pairs" in ours else {"error": ours["error"]}, expected, text)

    def test_samples(self):
        for text in ["", "A=1", "A=1,", "A=1,B=2", "A=1\nB=2", "A=x#y,B=2", 'A="x y",B=\'q"r\'', 'A=""', "A=", "A", "A==", "A='", 'A="\\"', "A=\\",
                     'A="a\\"b"', 'A="a\\nb"', "A='a\\nb'", 'A="x"y\'z\'', "A=é", "A=日", "A=1;B=2", "A=1,A=2", "K=/a:b.c-d+(e)", 'X="a,b;c%d",Y=z/1:2',
                     "A=1 , B=2", "A = 1", "#c\nA=1", "A=1#c\n,B=2", "A='it'\"'\"'s'", "A=a b", "A=@x", 'A="@x"', "A='',B=\"\"", ",A=1", "A=1,,B=2"]:
            with self.subTest(text=text):
                self.check(text)

    def test_generated(self):
        rng = random.Random(SEED + 3)
        for _ in range(3000):
            self.check("".join(rng.choice(["A", "B", "=", ",", "1", "x y", '"', "'", "\\", "#", "\n", " ", "é", "/", ";", "%", "日", "="])
                               for _ in range(rng.randrange(1, 12))))

    def test_where_4_2_5_agrees(self):
        for text in ["A=1,B=2", 'A="x y",B=\'q"r\'', "K=/a:b.c-d+(e)", "A=x#y,B=2", "A=1,", "A", "A=1\nB=2"]:
            self.assertEqual(python_answer(posix_pairs, text), python_answer(datatypes.dict_of_key_value_pairs, text))


class ValueTypes(unittest.TestCase):
    TEXTS = ["yes", "TRUE", "On", "1", "0", "no", "off", "False", "maybe", "", " 1", "it's", "2", "-1", "+5", " 7 ", "1_000", "1__0", "_1", "12a", "0x10",
             "1KB", "1 kb", "5MB", "1GB", "1K", "1XB", "KB", "1.5MB", "022", "0o22", "8", "0700", "0o_7", "TERM", "SIGTERM", "term", "sigusr1", " hup ", "FOO",
             "15", "65", "SIG", "32", "34", "64", "0,2", "0,256", "0, 2", "0,,2", "-1,2", "warn", "WARN", "Blather", "error", "warning", "unexpected",
             "Unexpected", "é", "a b", "a:b", "a/b", " ab ", "root", "nobody", "65534", "99999", "no such", "root:root", "root:nogroup", "root:nope", "0:0",
             "root:99999", ":", "9001", "*:9001", ":9001", "localhost:9001", "HOST:9001", "host:", "70000", "host:70000", "host:x", "x", "/tmp", "/nowhere",
             "~", "~/x", "/nowhere/x", "/tmp/x", "x.log", "~nobody/x", "~nouser/x", "/tmp/", "/tmp/../tmp/./x", "a/../../b", "//x", "///x", "", "\n", "\\"]

    def check(self, kind, function, convert=lambda value: value, skip=()):
        for text in self.TEXTS:
            if text in skip:
                continue
            expected = python_answer(function, text)
            if "value" in expected:
                expected["value"] = convert(expected["value"])
            ours = DUMPER.ask(what="value", type=kind, text=text)
            ours.pop("place", None)
            self.assertEqual(ours, expected, f"{kind} of {text!r}")

    def test_types(self):
        self.check("boolean", datatypes.boolean)
        self.check("integer", datatypes.integer)
        self.check("byte_size", datatypes.byte_size, lambda size: max(size, 0))  # a negative size means no rotation: 0
        # a negative mask is refused: no system call takes one
        self.check("octal_type", datatypes.octal_type, skip=("-1",))
        self.check("signal_number", datatypes.signal_number, int)
        self.check("list_of_exitcodes", datatypes.list_of_exitcodes, lambda codes: sorted(set(codes)))
        self.check("logging_level", datatypes.logging_level)
        self.check("auto_restart", datatypes.auto_restart, lambda value: {
            False: 0, datatypes.RestartWhenExitUnexpected: 1, datatypes.RestartUnconditionally: 2}[value])
        self.check("existing_directory", datatypes.existing_directory)
        self.check("existing_dirpath", datatypes.existing_dirpath)
        self.check("process_or_group_name", datatypes.process_or_group_name)
        self.check("name_to_uid", datatypes.name_to_uid, skip=("-1",))  # Python looks -1 up as 4294967295
        self.check("colon_separated_user_group", datatypes.colon_separated_user_group,
                   lambda pair: [value % 2 ** 32 for value in pair])
        self.check("inet_address", datatypes.inet_address, list)

    def test_normal_paths(self):
        from supervisor.options import normalize_path
        self.check("normalize_path", normalize_path)


# ----------------------------------------------------------------------------------------------------------- whole files

def python_settings(arguments):
    """What Supervisor itself reads, in the shape of our dump; or the text it would print after `Error: `."""
    options = ServerOptions()
    errors = []

    class Stop(Exception):
        pass

    def usage(message):
        errors.append(str(message))
        raise Stop
    options.usage = usage
    try:
        options.realize(arguments, doc="")
    except Stop:
        return {"error": errors[0]}
    names = ["logfile", "logfile_maxbytes", "logfile_backups", "loglevel", "pidfile", "umask", "minfds", "minprocs",
             "childlogdir", "uid", "directory", "identifier", "serverurl"]
    out = {name: getattr(options, name) for name in names}
    out.update({name: bool(getattr(options, name)) for name in ["nodaemon", "silent", "nocleanup", "strip_ansi"]})
    out["serverurl"] = out["serverurl"] or ""
    if isinstance(out["umask"], str):
        out["umask"] = int(out["umask"], 8)
    if isinstance(out["loglevel"], str):
        out["loglevel"] = datatypes.logging_level(out["loglevel"])
    out["groups"] = [python_group(group) for group in options.process_group_configs]
    out["servers"] = [python_server(server) for server in options.server_configs]
    out["messages"] = [[30, text] for text in options.parse_warnings] + [[20, text] for text in options.parse_infos]
    return out


def python_log(value):
    return "AUTO" if value is datatypes.Automatic else value


def python_process(process):
    names = ["name", "command", "directory", "umask", "priority", "autostart", "startsecs", "startretries", "stopsignal",
             "stopwaitsecs", "stopasgroup", "killasgroup", "uid", "redirect_stderr", "environment", "serverurl"]
    out = {name: getattr(process, name) for name in names}
    out["stopsignal"] = int(out["stopsignal"])
    out["exitcodes"] = sorted(set(process.exitcodes))
    out["autorestart"] = {False: 0, datatypes.RestartWhenExitUnexpected: 1,
                          datatypes.RestartUnconditionally: 2}[process.autorestart]
    for channel in ("stdout", "stderr"):
        out[channel + "_logfile"] = python_log(getattr(process, channel + "_logfile"))
        for key in ("logfile_maxbytes", "logfile_backups", "capture_maxbytes", "events_enabled", "syslog"):
            out[f"{channel}_{key}"] = getattr(process, f"{channel}_{key}")
    return out


def python_group(group):
    kinds = {"ProcessGroupConfig": 0, "FastCGIGroupConfig": 1, "EventListenerPoolConfig": 2}
    out = {"name": group.name, "priority": group.priority, "kind": kinds[type(group).__name__],
           "processes": [python_process(process) for process in group.process_configs]}
    if out["kind"] == 2:
        from supervisor.events import getEventNameByType
        out["buffer_size"] = group.buffer_size
        out["events"] = sorted(getEventNameByType(event) for event in group.pool_events)
    if out["kind"] == 1:
        out["socket"] = group.socket_config.url
        out["backlog"] = group.socket_config.get_backlog()
    return out


def python_server(server):
    chown = server.get("chown", (-1, -1))
    return {"section": server["section"], "host": server.get("host", ""), "port": server.get("port", 0),
            "path": server.get("file", ""), "mode": server.get("chmod", 0o700), "username": server["username"] or "",
            "password": server["password"] or "", "owner": None if chown == (-1, -1) else [v % 2 ** 32 for v in chown]}


GOOD = {
    "command": ["/bin/cat", "/bin/echo %(process_num)s %(numprocs)d", "%(here)s/x %(group_name)s %(program_name)s %(ENV_TOWN)s", "a %% b"],
    "process_name": ["%(program_name)s_%(process_num)02d", "p%(process_num)d", "%(group_name)s-%(process_num)s"],
    "numprocs": ["1", "3", "0", "12"], "numprocs_start": ["0", "5"], "priority": ["1", "999", "-3", "500"], "autostart": ["false", "TRUE"],
    "autorestart": ["true", "false", "unexpected"], "startsecs": ["0", "10"], "startretries": ["0", "7"], "exitcodes": ["0,2", "1", ""],
    "stopsignal": ["INT", "9", "sigquit"], "stopwaitsecs": ["1", "30"], "stopasgroup": ["true", "false"], "user": ["nobody", "0", "root"],
    "redirect_stderr": ["true", "false"], "stdout_logfile": ["NONE", "auto", "/tmp/%(program_name)s_%(process_num)s.log", "syslog", "~/x.log"],
    "stdout_logfile_maxbytes": ["0", "1MB"], "stdout_logfile_backups": ["0", "3"], "stdout_capture_maxbytes": ["1KB"],
    "stdout_events_enabled": ["true"], "stdout_syslog": ["true"], "stderr_logfile": ["none", "/tmp/err.log", "AUTO"],
    "stderr_logfile_maxbytes": ["5KB", "0"], "stderr_syslog": ["on"], "environment": ["A=1,B=\"x y\"", "N=\"%(process_num)s\",P=%(ENV_TOWN)s", "Q=\"%%\""],
    "directory": ["/tmp", "%(ENV_HOME)s"], "umask": ["022", "077"], "serverurl": ["http://x:1", "AUTO"], "unknown_key": ["x"],
}
BAD = {
    "numprocs": ["x", "2.5"], "priority": ["", "high"], "autostart": ["maybe"], "autorestart": ["Perhaps"], "exitcodes": ["0,256", "a"],
    "stopsignal": ["FOO", "99"], "user": ["no_such_user", "12345678"], "umask": ["9"], "stdout_logfile": ["/no/such/dir/x", "%(nope)s"],
    "stdout_logfile_maxbytes": ["1K"], "environment": ["A", "A='", "%(nope)s"], "command": ["%(nope)s", "%", "%(here)q"], "process_name": ["a b", "a:b", "%(nope)s"],
    "killasgroup": ["x"], "directory": ["%(process_num"], "startsecs": ["1s"], "stderr_syslog": ["x"], "numprocs_start": ["%(process_num)s"],
}
DAEMON_GOOD = {"logfile": ["/tmp/s.log", "syslog", "x.log", "%(here)s/s.log"], "loglevel": ["debug", "WARN"], "minfds": ["100"], "umask": ["002"], "identifier": ["me"],
               "nodaemon": ["true"], "environment": ["TOWN=Oslo,Z=1", "EMPTY=\"\""], "childlogdir": ["/tmp"], "logfile_maxbytes": ["0", "3MB"], "directory": ["/tmp"],
               "user": ["root", "nobody"], "strip_ansi": ["yes"], "pidfile": ["/tmp/p.pid"]}
DAEMON_BAD = {"logfile": ["/no/such/x"], "loglevel": ["loud"], "minfds": ["many"], "umask": ["9"], "nodaemon": ["x"], "environment": ["A"], "childlogdir": ["/no/such"],
              "user": ["no_such_user"], "identifier": ["%(nope)s"], "logfile_maxbytes": ["1K"]}
SERVERS = ["[inet_http_server]\nport=127.0.0.1:9001\n", "[inet_http_server:two]\nport=*:9002\nusername=u\npassword=p\n", "[unix_http_server]\nfile=%(here)s/s.sock\nchmod=0770\n",
           "[unix_http_server]\nfile=/tmp/x.sock\nchown=root:root\n"]
SERVERS_BAD = ["[inet_http_server]\n", "[inet_http_server]\nport=x\n", "[inet_http_server]\nport=1\nusername=u\n", "[unix_http_server]\nchmod=1\n",
               "[unix_http_server]\nfile=/tmp/s\nchmod=9\n", "[unix_http_server]\nfile=/tmp/s\nchown=nope\n", "[inet_http_server]\nport=host:\n", "[inet_http_server]\nport=h:0\n"]
LISTENERS = ["[eventlistener:l]\ncommand=/bin/cat\nevents=TICK_5,process_state\nbuffer_size=3\n", "[eventlistener:l]\ncommand=/bin/cat\nevents=EVENT\npriority=4\n"]
LISTENERS_BAD = ["[eventlistener:l]\ncommand=/bin/cat\n", "[eventlistener:l]\nevents=FOO\n", "[eventlistener:l]\nevents=TICK_5\nbuffer_size=0\n",
                 "[eventlistener:l]\ncommand=x\nevents=TICK_5\nredirect_stderr=true\n", "[eventlistener:l]\nevents=TICK_5\n"]
FCGI = ["[fcgi-program:f]\ncommand=/bin/cat\nsocket=tcp://LocalHost:9000\n", "[fcgi-program:f]\ncommand=/bin/cat\nsocket=unix:///tmp/%(program_name)s.sock\nsocket_mode=0600\n",
        "[fcgi-program:f]\ncommand=/bin/cat\nsocket=tcp://h:1\nsocket_backlog=5\n"]
FCGI_BAD = ["[fcgi-program:f]\ncommand=/bin/cat\n", "[fcgi-program:f]\nsocket=tcp:/x\n", "[fcgi-program:f]\nsocket=unix://x\n", "[fcgi-program:f]\nsocket=tcp://h:1\nsocket_mode=0600\n",
            "[fcgi-program:f]\nsocket=tcp://h:99999\n", "[fcgi-program:f]\nsocket=tcp://h:1\nsocket_backlog=0\n", "[fcgi-program:f]\nsocket_owner=nope\n", "[fcgi-program:f]\nsocket=tcp://h:1\n"]
GROUPS_BAD = ["[group:g]\nprograms=zz\n", "[group:a b]\nprograms=p0\n", "[group:g]\nprograms=p0\npriority=x\n", "[group:g]\nprograms=%(nope)s\n"]
INTERFACE = "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"


def a_section(rng, header, good, bad, chance):
    lines = [header]
    keys = rng.sample(sorted(good), rng.randrange(0, min(8, len(good))))
    lines += [f"{key}={rng.choice(good[key])}" for key in keys]
    if bad and rng.random() < chance:
        key = rng.choice(sorted(bad))
        lines.append(f"{key}={rng.choice(bad[key])}")
    return lines


def a_program(rng, name, chance):
    lines = a_section(rng, f"[program:{name}]", GOOD, BAD, chance)
    text = "\n".join(lines)
    if "command=" not in text and rng.random() > chance / 3:
        lines.append("command=/bin/cat")
    if "numprocs=" in text and "process_name=" not in text and rng.random() > chance:
        lines.append("process_name=%(program_name)s_%(process_num)02d")
    return "\n".join(lines) + "\n"


def a_file(rng, chance):
    parts = ["\n".join(a_section(rng, "[supervisord]", DAEMON_GOOD, DAEMON_BAD, chance / 2)) + "\n"]
    programs = [f"p{index}" for index in range(rng.randrange(0, 5))]
    parts += [a_program(rng, name, chance) for name in programs]
    if programs and rng.random() < 0.4:
        parts.append("[group:g]\nprograms=" + ",".join(rng.sample(programs, rng.randrange(1, len(programs) + 1))) + "\n")
    for good, bad in ((SERVERS, SERVERS_BAD), (LISTENERS, LISTENERS_BAD), (FCGI, FCGI_BAD), ([""], GROUPS_BAD)):
        if rng.random() < 0.4:
            parts.append(rng.choice(bad if rng.random() < chance else good))
    if rng.random() < 0.5:
        parts.append(INTERFACE)
    rng.shuffle(parts)
    if rng.random() < 0.03:
        parts = [part for part in parts if not part.startswith("[supervisord]")]
    return "\n".join(parts)


class WholeFiles(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text):
        path = pathlib.Path(self.folder.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def compare(self, arguments, text):
        expected = python_settings(arguments)
        ours = DUMPER.ask(what="settings", arguments=arguments)
        place = ours.pop("place", "")
        if "error" not in ours:
            # Said by us, not by Supervisor: a second group of the same name (it drops it silently).
            ours["messages"] = [message for message in ours["messages"] if not message[1].startswith("Two groups")]
            seen = []
            expected["messages"] = [m for m in expected.get("messages", []) if not (m in seen or seen.append(m))]
        self.assertEqual(ours, expected, f"\n{text}")
        return place if "error" in ours else None

    def test_generated_files(self):
        rng = random.Random(SEED + 4)
        good = bad = 0
        for number in range(400):
            text = a_file(rng, 0.0 if number % 2 else 0.25)
            place = self.compare(["-c", self.write("supervisord.conf", text)], text)
            good, bad = (good + 1, bad) if place is None else (good, bad + 1)
        self.assertGreater(good, 150)
        self.assertGreater(bad, 80)

    def test_every_bad_value_alone(self):
        for table, header in ((BAD, "[program:x]\n"), (DAEMON_BAD, "")):
            for key, values in table.items():
                for value in values:
                    own = f"{key}={value}\n"
                    rest = "" if key == "command" else "command=/bin/cat\n"
                    text = "[supervisord]\n" + (f"[program:x]\n{own}{rest}" if header else own)
                    place = self.compare(["-c", self.write("supervisord.conf", text)], text)
                    line = 1 + text.split("\n").index(f"{key}={value}")
                    section = "program:x" if header else "supervisord"
                    self.assertEqual(place, f"{self.folder.name}/supervisord.conf:{line}, section [{section}], key {key}", text)

    def test_every_bad_section_alone(self):
        for part in SERVERS_BAD + LISTENERS_BAD + FCGI_BAD + GROUPS_BAD:
            text = "[supervisord]\n[program:p0]\ncommand=x\n" + part
            place = self.compare(["-c", self.write("supervisord.conf", text)], text)
            self.assertIn("supervisord.conf:", place, text)

    def test_includes(self):
        self.write("conf.d/b.conf", "[program:b]\ncommand=%(here)s/b\n[supervisord]\nidentifier=second\n")
        self.write("conf.d/a.conf", "[program:a]\ncommand=%(here)s/a %(ENV_TOWN)s\n[program:main]\npriority=5\n")
        self.write("other/bad.conf", "[program:bad]\ncommand=x\nautostart=maybe\n")
        self.write("other/garbage.conf", "[program:bad]\ngarbage\n")
        for files in ("conf.d/*.conf", "%(here)s/conf.d/a.conf conf.d/b.conf", "none/*.conf conf.d/?.conf", "other/bad.conf", "other/garbage.conf", "%(nope)s",
                      "conf.d", "conf.d/[ab].conf\n  conf.d/{a,b}.conf", ""):
            text = f"[supervisord]\n[program:main]\ncommand=%(here)s/main\n[include]\nfiles={files}\n"
            with self.subTest(files=files):
                path = self.write("supervisord.conf", text)
                expected = python_settings(["-c", path])
                ours = DUMPER.ask(what="settings", arguments=["-c", path])
                ours.pop("place", None)
                if "messages" in ours:
                    # Supervisor passes silently over an included file that it cannot open.
                    ours["messages"] = [message for message in ours["messages"] if "was left out" not in message[1]]
                self.assertEqual(ours, expected)
        text = "[supervisord]\n[include]\nfile=x\n"
        self.compare(["-c", self.write("supervisord.conf", text)], text)

    def test_command_lines(self):
        text = "[supervisord]\nloglevel=debug\nnodaemon=false\nidentifier=file\n[program:a]\ncommand=x\n"
        path = self.write("supervisord.conf", text)
        for arguments in (["-n"], ["--nodaemon", "-s"], ["-n", "-n"], ["-e", "loud"], ["-eerror"], ["--loglevel=warn"], ["--log", "x"], ["--logl", "info"], ["-x"],
                          ["--what"], ["--nodaemon=1"], ["-l"], ["--logfile"], ["extra"], ["-n", "extra", "it's"], ["-i", "me", "-a", "5"], ["-a", "x"], ["-m", "9"],
                          ["-m", "077"], ["-d", "/no/such"], ["-d", "/tmp"], ["-l", "/no/such/x"], ["-l", "/tmp/x", "-j", "y.pid"], ["-y", "1K"], ["-y", "1KB"], ["-z", "x"],
                          ["-u", "nobody"], ["-u", "no_such_user"], ["-q", "/tmp"], ["-kt"], ["--minprocs", "5"], ["-u", "root", "--user=root"], ["--", "x"],
                          ["--strip_ansi"], ["-c", path], ["--min", "4"], ["-nx"], ["-i", ""]):
            with self.subTest(arguments=arguments):
                self.compare(["-c", path] + arguments, text)

    def test_missing_and_unreadable_files(self):
        for path in ("/no/such.conf", self.folder.name):
            self.compare(["-c", path], "")


class RunningSupervisord(unittest.TestCase):
    """The text that reaches a terminal, from the real programs' exit with status 2."""

    def test_bad_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "supervisord.conf")
            for text in ("garbage\n", "[x]\n", "[supervisord]\nfoo\n\nbar\n", "[supervisord]\n[program:x]\ncommand=a\nautostart=maybe\n"):
                pathlib.Path(path).write_text(text)
                run = subprocess.run(["/usr/bin/supervisord", "-n", "-c", path], capture_output=True, text=True, timeout=60,
                                     env=ENVIRONMENT, cwd=folder)
                self.assertEqual(run.returncode, 2, text)
                ours = DUMPER.ask(what="settings", arguments=["-c", path])
                self.assertIn(f"Error: {ours['error']}\nFor help, use /usr/bin/supervisord -h\n", run.stderr, text)


if __name__ == "__main__":
    unittest.main()
