"""Configurations by a seeded generator: texts in every corner of the INI dialect, and whole files with includes, valid
and broken. Pure: the same generator gives the same texts."""

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


# -------------------------------------------------------------------------------------------------------- whole files

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
GROUPS_BAD = ["[group:g]\nprograms=zz\n", "[group:g]\nprograms=p0,zz\n", "[group:g]\nprograms=f\n[program:f]\ncommand=x\n[fcgi-program:f]\ncommand=x\n", "[group:a b]\nprograms=p0\n", "[group:g]\nprograms=p0\npriority=x\n", "[group:g]\nprograms=%(nope)s\n"]
INTERFACES_BAD = ["[rpcinterface:x]\nretries=1\n", "[rpcinterface:x]\nsupervisor.rpcinterface_factory=%(nope)s\n",
                  "[rpcinterface:x]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\nretries=%(nope)s\n"]
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


def roughened(rng, text):
    """The same, written as people write: other delimiters, comments, blank and continued lines, keys twice, indentation.
    What a value is may change by it, and whether the file is valid."""
    lines = []
    for line in text.split("\n"):
        chance = rng.random()
        if line.startswith("["):
            line = rng.choice(["", "", "", "", " "]) + line + rng.choice(["", "", "", " ", " ; what it is for", "\t# x", " rest"])
        elif "=" in line:
            key, value = line.split("=", 1)
            line = rng.choice([key, key, key.upper(), key.capitalize()]) + rng.choice(["=", "=", " = ", ": ", ":", "\t=\t"]) + value
            if chance < 0.08:
                line += rng.choice([" ; why", " # why", "  ;", "\t# x", "\u00a0; x"])
            elif chance < 0.1:
                line += rng.choice([";glued", "#glued", "\n    more", "\n\tmore ; why", "\n  # why\n  more", "\n\n  more"])
            elif chance < 0.13:
                lines.append(f"{key}=another")
            elif chance < 0.15:
                line = " " + line
            elif chance < 0.155:
                line = rng.choice(["garbage", "= no key", "[", "[]"])
        if chance > 0.9:
            lines.append(rng.choice(["", "   ", "# a comment", "; a comment", "\t;x", "# été 日本", "#=", "; [x]"]))
        lines.append(line)
    return rng.choice(["\n", "\n", "\n", "\r\n"]).join(lines)


INCLUDED = ["conf.d/a.conf", "conf.d/b.conf", "conf.d/.hidden.conf", "other/Bergen.ini", "other/x.ini", "deep/one/z.conf", "été.conf"]
PATTERNS = ["conf.d/*.conf", "conf.d/*", "other/%(ENV_TOWN)s.ini", "%(here)s/other/?.ini", "deep/*/*.conf", "none/*.conf", "conf.d/[ab].conf",
            "conf.d/[!a].conf", "%(host_node_name)s/*.conf", "deep", "conf.d/**/*.conf", "./conf.d/../other/*.ini", "ét*.conf", "[", "conf.d/.*",
            "conf.d/{a,b}.conf", "~/x.conf", "*"]
NOT_UTF8 = [b"\xff", b"\xe9", b"\xe2\x82", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\x80", b"\xc3", b"\xe2\x28\xa1"]
DEFAULTS = ["[DEFAULT]\npriority=7\nautostart=false\n", "[DEFAULT]\ncommand=/bin/default %(ENV_TOWN)s\n", "[DEFAULT]\nuser=nobody\nunknown=1\n"]
ODD = ["[program:ÆØ.x]\ncommand=/bin/echo é 日本 \"a;b\"\n", "[supervisord]\nloglevel=trace\nunknown=1\n", "[unknown section]\nx=1\n", "[supervisorctl]\nprompt=x\n",
       "[program:p0]\nPriority=77\n[program:p0]\nstartsecs=3\n", "[program:twice]\ncommand=/bin/sh -c 'one\n   two'\n[eventlistener:twice]\ncommand=x\nevents=EVENT\n",
       "[group:many]\nprograms = p0 , p0\npriority=4\n", "[group:none]\n", "[program:e]\ncommand=x %(ENV_A)s\nenvironment=A=\"1\",B='%(ENV_TOWN)s'\n"]


def a_tree(rng, chance):
    """A main file and what it includes: {path relative to its folder: bytes}."""
    # Without %% in environment=: should that get into [supervisord], it is expanded twice there, once here (contract 1.4).
    parts = a_file(rng, chance).replace('Q="%%"', 'Q="q"').split("\n\n")
    parts += [rng.choice(DEFAULTS)] * (rng.random() < 0.2) + rng.sample(ODD, rng.randrange(0, 3))
    parts += [rng.choice(INTERFACES_BAD)] * (rng.random() < chance / 4)
    rng.shuffle(parts)
    names = ["supervisord.conf"] + rng.sample(INCLUDED, rng.randrange(0, len(INCLUDED)))
    texts = {name: [] for name in names}
    for part in parts:
        # [supervisord] stands in the main file, mostly: an included one is read only if a pattern matches
        main = part.startswith("[supervisord]") or len(names) == 1 or rng.random() < 0.4
        texts[names[0] if main else rng.choice(names[1:])].append(part)
    if len(names) > 1 or rng.random() < 0.2:
        patterns = rng.sample(PATTERNS, rng.randrange(1, 5)) + ["%(nope)s"] * (rng.random() < chance / 8)
        key = "file" if rng.random() < chance / 8 else "files"
        texts[names[0]].insert(0, f"[include]\n{key}=" + rng.choice([" ", "\n  ", "\t"]).join(patterns) + "\n")
    if len(names) > 2 and rng.random() < 0.2:
        texts[names[2]].append("[include]\nfiles=other/*.ini\n")  # has no effect there
    tree = {}
    for name, some in texts.items():
        text = "\n".join(some)
        tree[name] = (roughened(rng, text) if rng.random() < 0.7 else text).encode()
        if rng.random() < chance / 6:
            at = rng.randrange(0, len(tree[name]) + 1)
            tree[name] = tree[name][:at] + rng.choice(NOT_UTF8) + tree[name][at:]
    return tree


WORDS = [["-n"], ["--nodaemon"], ["-s"], ["-k"], ["-t"], ["--silent"], ["-u", "nobody"], ["--user=root"], ["-u", "nope"], ["-m", "077"], ["--umask", "9"],
         ["-d", "/tmp"], ["--directory=/no/such"], ["-l", "/tmp/x"], ["--logfile", "/no/such/x"], ["-y", "1MB"], ["--logfile_maxbytes=1K"], ["-z", "3"],
         ["--logfile_backups=x"], ["-e", "debug"], ["--loglevel", "loud"], ["-j", "p.pid"], ["--pidfile=/no/such/p"], ["-i", "me"], ["--identifier="],
         ["-q", "/tmp"], ["--childlogdir", "/no/such"], ["-a", "7"], ["--minfds=x"], ["--minprocs", "9"], ["--profile_options", "cumulative,callers"], ["-h"],
         ["-?"], ["--help"], ["-v"], ["--version"], ["--ver"], ["--log=x"], ["--logl=warn"], ["extra"], ["--"], ["-"], [""], ["-nk"], ["-nx"],
         ["-c", "/no/such"], ["--nodaemon=1"], ["--conf"], ["été"], ["it's"], ["-z"], ["--strip_ansi"], ["--nocleanup"], ["-e"]]


def a_command_line(rng):
    return [word for words in rng.sample(WORDS, rng.randrange(1, 5)) for word in words]


CTL = ["serverurl=http://x:1", "serverurl=unix://%(here)s/../s.sock", "serverurl=unix://~/s", "serverurl=%(ENV_TOWN)s", "username=u", "password=%%p", "prompt=é",
       "prompt=%(here)s", "history_file=~/.h", "history_file=%(here)s/h", "history_file=", "password=%(nope)s", "serverurl=", "unknown=%(nope)s", "username="]
PLUGINS = ["[ctlplugin:x]\nretries=1\n", "[ctlplugin:x]\nsupervisor.ctl_factory=supervisor.supervisorctl:DefaultControllerPlugin\nretries=%(ENV_TOWN)s\n",
           "[ctlplugin:x]\nsupervisor.ctl_factory=supervisor.supervisorctl:DefaultControllerPlugin\nretries=%(nope)s\n"]


def a_ctl_file(rng):
    parts = ["[supervisorctl]\n" + "\n".join(rng.sample(CTL, rng.randrange(0, 5))) + "\n"] * (rng.random() < 0.95)
    parts += [rng.choice(PLUGINS)] * (rng.random() < 0.2) + ["[include]\nfiles=*\n"] * (rng.random() < 0.2) + [rng.choice(DEFAULTS)] * (rng.random() < 0.1)
    rng.shuffle(parts)
    return roughened(rng, "\n".join(parts)).encode()
