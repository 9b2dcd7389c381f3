"""What the comparisons share: the dumping executable (our reader) and what Supervisor itself makes of the same input, in
the shape of our dump. Importing this clears the environment, which Supervisor copies; the executable's path is the first
argument of the test."""
import io
import json
import os
import subprocess
import sys

DUMP = sys.argv.pop(1)
SEED = 20240607
ENVIRONMENT = {"HOME": "/root", "PATH": "/usr/bin:/bin", "TOWN": "Bergen", "EMPTY": "", "LANG": "C.UTF-8"}
os.environ.clear()
os.environ.update(ENVIRONMENT)

from supervisor import datatypes  # noqa: E402  (after the environment is set: Supervisor copies it)
from supervisor.compat import ConfigParser  # noqa: E402
from supervisor.options import ClientOptions, ServerOptions, UnhosedConfigParser, expand  # noqa: E402,F401


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


_running = []


def ask(**request):
    """One answer of the executable; it is started with the first question and runs until close()."""
    if not _running:
        _running.append(Dump())
    return _running[0].ask(**request)


def close():
    """Its exit status; 0 if it never ran."""
    return _running.pop().close() if _running else 0


def python_answer(function, *arguments):
    try:
        return {"value": function(*arguments)}
    except ValueError as error:
        return {"error": str(error)}


class Ended(Exception):
    """Supervisor would have ended here: {"error": the text after `Error: `} or {"action": what it printed}."""


def realized(options, arguments):
    """Supervisor's options object with the command line and its file read, or Ended."""
    def usage(message):
        raise Ended({"error": str(message)})

    def leave(status):
        raise Ended({"action": "help" if options.stdout.getvalue().startswith("HELP") else "version"})
    options.usage, options.exit, options.stdout = usage, leave, io.StringIO()
    options.realize(arguments, doc="HELP")
    return options


def python_settings(arguments):
    """What supervisord itself reads, in the shape of our dump."""
    try:
        options = realized(ServerOptions(), arguments)
    except Ended as ended:
        return ended.args[0]
    names = ["logfile", "logfile_maxbytes", "logfile_backups", "loglevel", "pidfile", "umask", "minfds", "minprocs",
             "childlogdir", "uid", "directory", "identifier", "serverurl"]
    out = {name: getattr(options, name) for name in names}
    out.update({name: bool(getattr(options, name)) for name in ["nodaemon", "silent", "nocleanup", "strip_ansi"]})
    out["serverurl"] = out["serverurl"] or ""
    if isinstance(out["umask"], str):
        out["umask"] = int(out["umask"], 8)
    if isinstance(out["loglevel"], str):
        out["loglevel"] = datatypes.logging_level(out["loglevel"])
    groups = {}
    for group in options.process_group_configs:
        groups.setdefault(group.name, group)  # of two groups with one name the second never becomes active
    out["groups"] = [python_group(group) for group in groups.values()]
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
    processes = {process.name: python_process(process) for process in group.process_configs}  # as ProcessGroup keeps them
    out = {"name": group.name, "priority": group.priority, "kind": kinds[type(group).__name__],
           "processes": list(processes.values())}
    if out["kind"] == 2:
        from supervisor.events import getEventNameByType
        out["buffer_size"] = group.buffer_size
        out["events"] = sorted(getEventNameByType(event) for event in group.pool_events)
    if out["kind"] == 1:
        out["socket"] = group.socket_config.url
        owner = getattr(group.socket_config, "owner", None)
        out["socket_owner"] = owner and [value % 2 ** 32 for value in owner]
        out["socket_mode"] = getattr(group.socket_config, "mode", None) or 0o700
        out["backlog"] = group.socket_config.get_backlog()
    return out


def python_ctl(arguments):
    """What supervisorctl itself takes from its command line and its file."""
    try:
        options = realized(ClientOptions(), arguments)
    except Ended as ended:
        return ended.args[0]
    except ConfigParser.ParsingError as error:
        return {"error": str(error)}  # supervisorctl prints a traceback that ends in this text
    return {name: getattr(options, name) or "" for name in ("serverurl", "username", "password", "prompt", "history_file")}


def python_server(server):
    chown = server.get("chown", (-1, -1))
    return {"section": server["section"], "host": server.get("host", ""), "port": server.get("port", 0),
            "path": server.get("file", ""), "mode": server.get("chmod", 0o700), "username": server["username"] or "",
            "password": server["password"] or "", "owner": None if chown == (-1, -1) else [v % 2 ** 32 for v in chown]}
