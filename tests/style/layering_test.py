"""Checks the source tree against the house rules of docs/architecture.rst: each folder includes only what its row
allows, adapters never include each other, third-party libraries stay in their folder, pure layers read no clock and
throw nothing. How a file looks is style_test's."""
import collections
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else __file__).resolve()
if ROOT.is_file():
    ROOT = ROOT.parents[2]

API = {"agent/base", "agent/config", "agent/supervision", "agent/cluster", "rules", "agent/wire", "dashboard"}
# folder -> what it may include besides itself and the standard library
ALLOWED = {
    "agent/base": set(),
    "agent/config": {"agent/base"},
    "agent/supervision": {"agent/base", "agent/config"},
    "agent/cluster": {"agent/base", "rules", "agent/supervision"},
    "rules": {"agent/base"},
    "agent/wire": {"agent/base"},
    "agent/rules_files": {"agent/base", "agent/wire", "rules"},
    "agent/system": {"agent/base", "agent/keeper"},
    "agent/transport": {"agent/base", "agent/cluster"},
    "agent/storage": {"agent/base"},
    "agent/http": {"agent/base"},
    # The root of agent/api holds what its rooms share, and Api, which puts them together; no room includes another one.
    "agent/api": API | {"agent/api/methods", "agent/api/pages"},
    "agent/api/methods": API | {"agent/api"},
    "agent/api/pages": API | {"agent/api"},
    "agent/api/events": API | {"agent/api"},
    "agent/keeper": set(),
    "agent/companions": set(),
    "agent/ctl/format": {"agent/base", "agent/config", "agent/wire"},
    "agent/ctl/client": {"agent/base", "agent/config", "agent/wire", "agent/http", "agent/ctl/format"},
    # session.hpp, what every command and the shell work with, lies in agent/ctl itself
    "agent/ctl/shell": {"agent/base", "agent/ctl", "agent/ctl/format"},
    "agent/ctl/commands": {"agent/base", "agent/config", "agent/wire", "agent/rules_files", "agent/http", "agent/ctl",
                           "agent/ctl/format", "agent/ctl/client", "agent/ctl/shell", "rules"},
    "agent/ctl": {"agent/base", "agent/config", "agent/wire", "agent/http", "agent/ctl/format", "agent/ctl/client",
                  "agent/ctl/shell", "agent/ctl/commands"},
    "agent/startup": {"agent/" + n for n in ("base config supervision cluster wire rules_files system transport storage "
                                             "keeper drivers/ports drivers/cluster".split())} | {"rules"},
    "agent/drivers/ports": {"agent/" + n for n in "base config supervision cluster system keeper".split()},
    "agent/drivers/programs": {"agent/" + n for n in ("base config supervision system storage keeper api "
                                                      "drivers/ports".split())},
    "agent/drivers/output": {"agent/" + n for n in "base config supervision system storage keeper drivers/ports".split()},
    "agent/drivers/cluster": {"agent/" + n for n in ("base config supervision cluster system transport storage http wire api "
                                                     "drivers/ports".split())} | {"rules"},
    "agent/drivers/frontend": {"agent/" + n for n in ("base config supervision system storage keeper http api "
                                                      "drivers/ports".split())},
    "agent/drivers/telemetry": {"agent/" + n for n in ("base config supervision cluster system storage transport http api api/events "
                                                       "drivers/ports".split())},
    "dashboard": {"agent/base"},
    "agent": {"agent/" + n for n in ("base config supervision cluster wire system transport storage http api keeper startup "
                                     "drivers/programs drivers/output drivers/cluster drivers/frontend drivers/telemetry"
                                     .split())} | {"rules", "dashboard"},
}
# library header prefix -> folders that may include it
LIBRARIES = {
    "zmq": {"agent/transport"},
    "sodium": {"agent/transport"},
    "CLI/": {"agent/ctl/commands"},
    "histedit": {"agent/ctl/shell"},
    "sqlite3": {"agent/storage"},
    "libxml/": {"agent/wire"},
    "boost/beast": {"agent/http"},
    "boost/property_tree": {"agent/base"},
    "re2/": {"rules"},
}
PURE = ("agent/config", "agent/supervision", "agent/cluster", "rules", "dashboard")
CLOCK = re.compile(r"\b(clock_gettime|gettimeofday|steady_clock|system_clock|monotonic_now|wall_now|std::rand|random_device)\b")
# The rooms of agent/cluster, from below to above: room -> the rooms whose headers it may include; a .cpp file may include
# those of whom its header asks besides. They are one target (a target for each would only lengthen the build), so these
# rows are all that holds them apart. "view" is the head of the folder: what drivers and all parts share, the list of
# members and StepContext; "node" puts the parts together.
CLUSTER_ROOMS = {
    "codec": set(),
    "view": {"codec"},
    "membership": {"codec", "view"},
    "replication": {"codec", "view"},
    "mastery": {"codec", "view"},
    "fencing": {"codec", "view", "replication", "mastery"},
    "operations": {"codec", "view"},
    "node": {"codec", "view", "membership", "replication", "mastery", "fencing", "operations"},
}
CLUSTER_NODE = {"node.hpp", "node.cpp", "node_core.hpp", "node_core.cpp", "node_parts.hpp", "node_parts.cpp"}
# A part's header names the parts that it asks (struct Parts). These lie in a room above its own: who is lost, heard or
# changed matters to them at once and in a fixed order, so that it is a call. The lists may only shrink.
ASKS_UPWARDS = {
    "HeartbeatAnnouncer": {"Replication"},
    "Losses": {"CopyTracker", "Mastery", "RulesDriver", "OperationIds", "AskedOperations", "MasterPlans"},
    "RosterExchange": {"Fencing"},
    "Membership": {"Replication", "CopyTracker", "Mastery", "SynchronisationWait", "RulesDriver", "Fencing",
                   "AskedOperations"},
    "Replication": {"Fencing"},
    "CopyTracker": {"RulesDriver", "ForcedStates"},
    "Mastery": {"Fencing", "AskedOperations"},
    "SynchronisationWait": {"AskedOperations", "MasterPlans"},
    "RulesDriver": {"OperationIds", "AskedOperations", "MasterPlans"},
    "Fencing": {"AskedOperations", "MasterPlans"},
}


def folder_of(path: pathlib.Path) -> str:
    parts = path.relative_to(ROOT).parts[:-1]
    if parts[:2] in (("agent", "ctl"), ("agent", "drivers"), ("agent", "api")):
        return "/".join(parts[:3])
    return "/".join(parts[:2]) if parts and parts[0] == "agent" else parts[0]


def sources():
    for top in ("agent", "rules", "dashboard"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".cpp", ".hpp"):
                yield path


def includes(path: pathlib.Path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if found:
            yield number, found.group(1), found.group(2)


def owner_of(name: str):
    """The folder of one of our headers, by the name it is included under; None for a system header."""
    for base in (ROOT / "agent", ROOT):
        for candidate in (base / name, base / (name + ".in")):  # .in: made at configure time
            if candidate.is_file():
                return folder_of(candidate)
    return None


CLUSTER = ROOT / "agent/cluster"
Part = collections.namedtuple("Part", "header room asks")


def room_of(path: pathlib.Path) -> str:
    """Of a file of agent/cluster."""
    if path.parent == CLUSTER:
        return "node" if path.name in CLUSTER_NODE else "view"
    return path.relative_to(CLUSTER).parts[0]


def cluster_parts():
    """The parts of a node, as node_parts.hpp holds them: by class, where it stands and which others its header names."""
    found = {}
    for number, _, name in includes(CLUSTER / "node_parts.hpp"):
        header = ROOT / "agent" / name
        text = header.read_text()
        asks = re.search(r"  struct Parts \{\n(.*?)  \};", text, re.DOTALL)
        part = re.search(r"^class (\w+) \{", text, re.MULTILINE).group(1)
        found[part] = Part(header, room_of(header), set(re.findall(r"(\w+)& \w+;", asks.group(1))) if asks else set())
    return found


class Layering(unittest.TestCase):
    def test_a_folder_includes_only_what_its_row_allows(self):
        wrong = []
        for path in sources():
            home = folder_of(path)
            self.assertIn(home, ALLOWED, f"{path} lies in a folder that the table does not know")
            for number, quote, name in includes(path):
                if quote == "<":
                    continue
                owner = owner_of(name)
                if owner is None:
                    wrong.append(f"{path}:{number}: \"{name}\" is not found from agent/ or the root")
                elif owner != home and owner not in ALLOWED[home]:
                    wrong.append(f"{path}:{number}: {home} may not include {name} ({owner})")
        self.assertEqual(wrong, [])

    def test_the_rooms_of_the_cluster_are_in_order(self):
        parts, wrong = cluster_parts(), []
        for path in sorted(CLUSTER.rglob("*.?pp")):
            home = room_of(path)
            self.assertIn(home, CLUSTER_ROOMS, f"{path} lies in a room that the table does not know")
            may = CLUSTER_ROOMS[home] | {home}
            if path.suffix == ".cpp":  # it sees besides whom its header asks
                may = may | {parts[one].room for part in parts.values() if part.header == path.with_suffix(".hpp")
                             for one in part.asks}
            wrong += [f"{path}:{number}: {home} may not include {name}" for number, _, name in includes(path)
                      if name.startswith("cluster/") and room_of(ROOT / "agent" / name) not in may]
        self.assertEqual(wrong, [])

    def test_who_asks_a_part_of_a_room_above_is_known(self):
        parts, rooms = cluster_parts(), list(CLUSTER_ROOMS)
        upwards = {name: {one for one in part.asks if rooms.index(parts[one].room) > rooms.index(part.room)}
                   for name, part in parts.items()}
        self.assertEqual({name: asked for name, asked in upwards.items() if asked}, ASKS_UPWARDS)

    def test_a_part_asks_everybody_whom_its_header_names(self):
        wrong = [f"{part.header}: {name}" for part in cluster_parts().values()
                 for name in re.findall(r"^    .*& (\w+);", part.header.read_text(), re.MULTILINE)
                 if f"parts_.{name}" not in part.header.with_suffix(".cpp").read_text() and part.asks]
        self.assertEqual(wrong, [])

    def test_nobody_sees_all_parts_of_a_node_but_its_core(self):
        wrong = [f"{path}:{number}: {name}" for path in sources()
                 if path.name not in ("node_core.hpp", "node_core.cpp", "node_parts.cpp", "node.cpp")
                 for number, _, name in includes(path) if name in ("cluster/node_parts.hpp", "cluster/node_core.hpp")]
        self.assertEqual(wrong, [])

    def test_the_table_of_the_parts_says_whom_each_asks(self):
        table = (ROOT / "docs/architecture.rst").read_text().split("The parts of a cluster node\n")[1]
        told, name = {}, ""
        for line in table[:table.index("A deliberate fault")].splitlines():
            cells = re.fullmatch(r"(.{24})  (.{40})  (.*)", line)
            if cells and not line.startswith(("=", "part ")):
                name = cells.group(1).strip().strip("`") or name
                told.setdefault(name, set()).update(re.findall(r"[A-Z]\w+", cells.group(3)))
        self.assertEqual({name: part.asks for name, part in cluster_parts().items()},
                         {name: asked for name, asked in told.items() if name != "Members"})

    def test_libraries_stay_in_their_folder(self):
        wrong = [f"{path}:{number}: <{name}>" for path in sources() for number, _, name in includes(path)
                 for prefix, homes in LIBRARIES.items() if name.startswith(prefix) and folder_of(path) not in homes]
        self.assertEqual(wrong, [])

    def test_the_keeper_is_std_only(self):
        wrong = [f"{path}:{number}: {name}" for path in sources() if folder_of(path) == "agent/keeper"
                 for number, _, name in includes(path) if name.startswith(("boost", "zmq", "nlohmann"))]
        self.assertEqual(wrong, [])

    def test_pure_layers_read_no_clock(self):
        wrong = [f"{path}: {found.group(1)}" for path in sources() if folder_of(path) in PURE
                 and path.name not in ("posix_host.cpp",)
                 for found in [CLOCK.search(path.read_text())] if found]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(verbosity=0)
