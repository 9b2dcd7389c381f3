"""Hosts of a test's own: network namespaces, joined by a bridge in one more, with addresses 10.77.x.1 and up. cut() makes
a black hole between two hosts (a neighbour entry that nobody answers to, on both sides: nothing is refused, packets just
vanish, as when a link dies), heal() takes all of them back. Removed with the `with` block. Needs CAP_NET_ADMIN; without,
the test fails and says so."""
import os

from nodes import run

NOBODY = "02:00:00:00:00:99"


def ip(*words):
    done = run("ip", *words)
    if done.returncode != 0:
        raise AssertionError(f"ip {' '.join(words)}: {done.stderr.strip()} (this test needs network namespaces)")
    return done.stdout


class Network:
    def __init__(self, count):
        self._made = []
        self._cuts = set()
        self.hub = f"hf{os.getpid()}-hub"
        self.names = [f"hf{os.getpid()}-{i + 1}" for i in range(count)]
        part = os.getpid() % 250 + 1
        self.hosts = [f"10.77.{part}.{i + 1}" for i in range(count)]

    def __enter__(self):
        try:
            self._make(self.hub)
            ip("-n", self.hub, "link", "add", "br0", "type", "bridge", "forward_delay", "0")
            ip("-n", self.hub, "link", "set", "br0", "up")
            for i, (name, host) in enumerate(zip(self.names, self.hosts)):
                self._make(name)
                ip("-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", f"port{i}", "netns", self.hub)
                ip("-n", self.hub, "link", "set", f"port{i}", "master", "br0", "up")
                ip("-n", name, "addr", "add", f"{host}/24", "dev", "eth0")
                ip("-n", name, "link", "set", "eth0", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self, name):
        ip("netns", "add", name)
        self._made.append(name)
        ip("-n", name, "link", "set", "lo", "up")

    def __exit__(self, *_):
        for name in reversed(self._made):
            run("ip", "netns", "del", name)
        self._made.clear()

    def prefix(self, i):
        """What starts a command on host i; it becomes the command, its pid is the command's."""
        return ["ip", "netns", "exec", self.names[i]]

    def own_host(self, i, name, folder):
        """What starts a command on host i as on a machine of its own: with that host name, and with a new folder var<i>
        below `folder` as its /var/lib, where state directories are if nothing else is said."""
        var = folder / f"var{i}"
        var.mkdir()
        words = 'hostname "$1" && mount --bind "$2" /var/lib && shift 2 && exec "$@"'
        return [*self.prefix(i), "unshare", "--uts", "sh", "-c", words, "sh", name, str(var)]

    def cut(self, left, right):
        """No packet passes between a host of `left` and one of `right` (indices) any more."""
        for a in left:
            for b in right:
                for here, there in ((a, b), (b, a)):
                    ip("-n", self.names[here], "neigh", "replace", self.hosts[there], "lladdr", NOBODY, "dev", "eth0",
                       "nud", "permanent")
                    self._cuts.add((here, there))

    def heal(self):
        for here, there in sorted(self._cuts):
            ip("-n", self.names[here], "neigh", "del", self.hosts[there], "dev", "eth0")
        self._cuts.clear()
