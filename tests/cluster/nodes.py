"""Clusters of real agents for the tests of this folder: the demo's three nodes from its own file, or small clusters with
a configuration written here; what the tests ask of them (XML-RPC of any node, holdfastctl, Debian's supervisorctl, logs
with their times). Everything started ends with the `with` block of the Workspace."""
import datetime
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from holdfast_testing import (  # noqa: E402,F401
    BIN, PATIENCE_S, ROOT, UnixTransport, Workspace, alive, exe_of, family_of, free_port, is_stopped, pss_mib, run, server_proxy,
    unread_output, wait_for)

START_TIMEOUT_S = 20
LOG_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (\w+) (.*)")


class Node:
    """One agent of a cluster: its daemon, and the ways to ask it."""

    def __init__(self, daemon, nick, identifier, url):
        self.daemon = daemon
        self.nick = nick
        self.identifier = identifier
        self.url = url

    @property
    def rpc(self):
        return server_proxy(self.url)

    def ctl(self, *words, **options):
        return run(BIN / "holdfastctl", "-s", self.url, *words, **options)

    def supervisorctl(self, *words, **options):
        return run("/usr/bin/supervisorctl", "-s", self.url, *words, **options)

    def state(self):
        return self.rpc.supvisors.get_supvisors_state()["fsm_statename"]

    def master(self):
        """The nick of the Master as this node sees it."""
        return self.rpc.supvisors.get_master_identifier().get("nick_identifier")

    def members(self):
        """nick -> state as this node sees it, AWAY among them."""
        return {node["nick"]: node["state"] for node in self.rpc.holdfast.getCluster()["nodes"]}

    def processes(self):
        """namespec -> (state, identifiers) as this node sees it."""
        return {f"{p['application_name']}:{p['process_name']}": (p["statename"], tuple(p["identifiers"]))
                for p in self.rpc.supvisors.get_all_process_info()}

    def own_pids(self):
        """namespec -> pid of this node's own live programs."""
        return {f"{p['group']}:{p['name']}": p["pid"] for p in self.rpc.supervisor.getAllProcessInfo() if p["pid"]}

    def log(self):
        """[(seconds since the epoch, level, text)] of the agent's log."""
        lines = []
        for text in self.daemon.text("agent.log").splitlines():
            if match := LOG_LINE.fullmatch(text):
                at = datetime.datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S,%f").timestamp()
                lines.append((at, match[2], match[3]))
        return lines

    def logged(self, pattern):
        """Times at which a line of the agent's log matched."""
        return [at for at, _, text in self.log() if re.search(pattern, text)]

    def wait_logged(self, pattern, count=1):
        """Those times, when there are so many: the log is written beside what it tells of."""
        return wait_for(lambda: len(found := self.logged(pattern)) >= count and found, START_TIMEOUT_S,
                        f"{count} of {pattern!r} in the log of {self.nick}")


class Cluster:
    def __init__(self, nodes):
        self.nodes = nodes

    def __getitem__(self, nick):
        return next(node for node in self.nodes if node.nick == nick)

    def __iter__(self):
        return iter(self.nodes)

    def at(self, identifier):
        return next(node for node in self.nodes if node.identifier == identifier)

    def others(self, node):
        return [other for other in self.nodes if other is not node]

    def wait_for_state(self, state="OPERATION", timeout_s=START_TIMEOUT_S, nodes=None):
        for node in nodes or self.nodes:
            wait_for(lambda: node.state() == state, timeout_s, f"{node.nick} in {state}")

    def wait_until_whole(self, timeout_s=START_TIMEOUT_S):
        """Every node in OPERATION, sees every node RUNNING, one Master."""
        self.wait_for_state(timeout_s=timeout_s)
        everybody = {node.nick: "RUNNING" for node in self.nodes}
        for node in self.nodes:
            wait_for(lambda: node.members() == everybody, timeout_s, f"every node RUNNING for {node.nick}")
        wait_for(lambda: len({node.master() for node in self.nodes}) == 1, timeout_s, "one Master")

    def one_view(self):
        """Every node sees every node RUNNING, the same Master and the same processes."""
        states = [node.rpc.supvisors.get_supvisors_state() for node in self]
        if len({state["master_identifier"] for state in states}) != 1 or not states[0]["master_identifier"]:
            return False
        if any(set(state["instance_states"].values()) != {"RUNNING"} for state in states):
            return False
        views = [node.processes() for node in self]
        return all(view == views[0] for view in views)

    def where(self, namespec, seen_from=None):
        """The node on which a program runs, or None."""
        state, identifiers = (seen_from or self.nodes[0]).processes()[namespec]
        return self.at(identifiers[0]) if state == "RUNNING" and len(identifiers) == 1 else None

    def new_key(self, path):
        pathlib.Path(path).unlink(missing_ok=True)
        done = run(BIN / "holdfastctl", "keys", "new", path)
        assert done.returncode == 0, done.stderr


def demo_cluster(workspace):
    """The demo's own configuration file as three nodes on 127.0.0.1 to 3, on ports and in folders of this test."""
    environment = {
        "DEMO_DIR": str(workspace.folder), "DEMO_PORT": str(free_port()),
        "DEMO_STORE_HOST": "127.0.0.10", "DEMO_STORE_PORT": str(free_port("127.0.0.10")),
        "DEMO_WEB_HOST": "127.0.0.10", "DEMO_WEB_PORT": str(free_port("127.0.0.10"))}
    nodes = []
    for number in (1, 2, 3):
        host = f"127.0.0.{number}"
        daemon = workspace.daemon(f"n{number}", "", environment={
            **environment, "DEMO_NODE": f"n{number}", "DEMO_HOST": host})
        daemon.config = ROOT / "conf/demo/holdfast.conf"
        nodes.append(Node(daemon, f"n{number}", f"{host}:{environment['DEMO_PORT']}",
                          f"http://{host}:{environment['DEMO_PORT']}"))
    cluster = Cluster(nodes)
    cluster.environment = environment
    cluster.new_key(workspace.folder / "cluster.key")
    for node in nodes:
        node.daemon.start("-s")
    return cluster


CONFIG = """[supervisord]
nodaemon = true
identifier = {nick}
logfile = %(here)s/agent.log
pidfile = %(here)s/holdfastd.pid
childlogdir = %(here)s
[holdfast]
state_dir = %(here)s/state
[inet_http_server]
port = {host}:{port}
[unix_http_server]
file = %(here)s/agent.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[cluster]
name = {name}
nodes = {nodes}
rules = {rules}
key_file = {key}
{options}
{programs}
"""


def jobs(count):
    """`count` processes job:job_00 ... that the cluster starts, wherever there is room (job_rules)."""
    return f"""[program:job]
command = /bin/sleep 100000
process_name = %(program_name)s_%(process_num)02d
numprocs = {count}
autostart = false
startsecs = 0
"""


def job_rules(more=""):
    """The rules of jobs(); `more`: elements that each of them has too."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<root>
  <application name="job">
    <start_sequence>1</start_sequence>
    <starting_strategy>LESS_LOADED</starting_strategy>
    <programs>
      <program pattern="job_"><start_sequence>1</start_sequence><expected_loading>2</expected_loading>{more}</program>
    </programs>
  </application>
</root>
"""


def small_cluster(workspace, count, programs, rules, *, options="", hosts=None, prefix=None, unix=False, name="test",
                  start=True):
    """`count` nodes n1... with one configuration; NICK in `programs` is the node's. hosts and prefix(i) place them in namespaces; unix=True asks them by
    their unix sockets."""
    hosts = hosts or [f"127.0.0.{number + 1}" for number in range(count)]
    port = free_port()
    rules_file = workspace.folder / "rules.xml"
    rules_file.write_text(rules)
    key = workspace.folder / "cluster.key"
    everybody = ", ".join(f"<n{i + 1}>{host}:{port}" for i, host in enumerate(hosts))
    nodes = []
    for i, host in enumerate(hosts):
        nick = f"n{i + 1}"
        daemon = workspace.daemon(nick, CONFIG.format(
            nick=nick, host=host, port=port, name=name, nodes=everybody, rules=rules_file, key=key, options=options,
            programs=programs.replace("NICK", nick)), prefix=prefix(i) if prefix else ())
        url = f"unix://{daemon.folder}/agent.sock" if unix else f"http://{host}:{port}"
        nodes.append(Node(daemon, nick, f"{host}:{port}", url))
    cluster = Cluster(nodes)
    cluster.port = port
    cluster.key = key
    cluster.new_key(key)
    if start:
        for node in nodes:
            node.daemon.start("-s")
    return cluster


def figure(name, seconds, limit, detection=""):
    """Prints a measured figure; the caller asserts it."""
    shown = ", ".join(f"{value:.2f}" for value in seconds)
    print(f"figure: {name}: {shown} s (limit {limit} s){' detection ' + detection if detection else ''}",
          file=sys.stderr, flush=True)


def detection_of(node):
    """fast or tolerant, with the priority of the gossip thread, as the agent's log says it."""
    for _, _, text in node.log():
        if match := re.search(r"detection (.*)", text):
            return match[1]
    return "not said"
