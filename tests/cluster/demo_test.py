"""The demo's configuration as three real nodes: order of ranks across nodes, the whole cluster from every node by
supvisors.*, each node's own programs by Debian's supervisorctl, holdfastctl, the page, stop and start, a move that keeps
the store's content."""
import json
import re
import unittest
import urllib.request

from nodes import Workspace, demo_cluster, free_port, server_proxy, wait_for  # noqa: F401

WORKERS = [f"shop:worker_0{n}" for n in range(3)]
PROGRAMS = ["shop:store", *WORKERS, "shop:web"]
ALL = sorted(["shop:prepare", *PROGRAMS])


class DemoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.cluster = demo_cluster(cls.workspace)
        cls.cluster.wait_until_whole()
        cls.wait_for_shop()

    @classmethod
    def wait_for_shop(cls, timeout_s=20):
        for node in cls.cluster:
            wait_for(lambda: all(node.processes()[name][0] == "RUNNING" for name in PROGRAMS), timeout_s,
                     f"the shop RUNNING for {node.nick}")
        wait_for(lambda: cls.jobs() > 0, timeout_s, "a job done")

    @classmethod
    def shop_page(cls):
        where = cls.cluster.environment
        with urllib.request.urlopen(f"http://{where['DEMO_WEB_HOST']}:{where['DEMO_WEB_PORT']}/", timeout=5) as page:
            return page.read().decode()

    @classmethod
    def jobs(cls):
        return int((re.search(r"(\d+) jobs done", cls.shop_page()) or [0, "0"])[1])

    def one_time(self, pattern):
        """The only moment at which any node logged `pattern`."""
        def found():
            return [at for node in self.cluster for at in node.logged(pattern)]
        times = wait_for(found, 10, pattern)
        self.assertEqual(len(times), 1, f"{pattern}: {times}")
        return times[0]

    def test_01_ranks_in_order_across_nodes(self):
        # The one-shot writes the time itself, last before it ends. A node's log says a change of state before anybody is told
        # of it, so that what another node does because of it has a later time.
        prepared = float((self.workspace.folder / "store/prepared").read_text())
        ended = self.one_time(r"exited: prepare \(exit status 0; expected\)")
        store_spawned = self.one_time(r"spawned: 'store'")
        store_up = self.one_time(r"success: store entered RUNNING")
        web_spawned = self.one_time(r"spawned: 'web'")
        self.assertLess(prepared, store_spawned)
        self.assertLessEqual(ended, store_spawned)
        for worker in range(3):
            worker_spawned = self.one_time(rf"spawned: 'worker_0{worker}'")
            self.assertLessEqual(store_up, worker_spawned)
            self.assertLessEqual(self.one_time(rf"success: worker_0{worker} entered RUNNING"), web_spawned)
        # The Master decided each rank after the one before.
        master = self.cluster[self.cluster["n1"].master()]
        decided = [match[1] for _, _, text in master.log() if (match := re.match(r"decided: start shop:(\w+) on", text))]
        self.assertEqual((decided[:2], sorted(decided[2:5]), decided[5:]),
                         (["prepare", "store"], ["worker_00", "worker_01", "worker_02"], ["web"]))

    def test_02_whole_cluster_from_every_node(self):
        identifiers = sorted(node.identifier for node in self.cluster)
        for node in self.cluster:
            supvisors = node.rpc.supvisors
            wait_for(lambda: supvisors.get_supvisors_state()["starting_jobs"] == [], 10, "no job under way")
            state = supvisors.get_supvisors_state()
            self.assertEqual((state["fsm_statename"], state["fsm_statecode"]), ("OPERATION", 4))
            self.assertEqual(set(state["instance_states"].values()), {"RUNNING"})
            self.assertEqual((state["starting_jobs"], state["stopping_jobs"]), ([], []))
            self.assertEqual(supvisors.get_master_identifier()["identifier"], state["master_identifier"])
            instances = supvisors.get_all_instances_info()
            self.assertEqual(sorted(i["identifier"] for i in instances), identifiers)
            self.assertEqual({i["statename"] for i in instances}, {"RUNNING"})
            self.assertEqual(sum(i["loading"] for i in instances), 20 + 3 * 15 + 10)
            self.assertEqual(supvisors.get_instance_info("n2")[0]["node_name"], "127.0.0.2")
            [shop] = supvisors.get_all_applications_info()
            self.assertEqual((shop["application_name"], shop["statename"], shop["managed"], shop["major_failure"],
                              shop["minor_failure"]), ("shop", "RUNNING", True, False, False))
            self.assertEqual(supvisors.get_application_info("shop")["statecode"], 2)
            processes = node.processes()
            self.assertEqual(sorted(processes), ALL)
            self.assertEqual(processes["shop:prepare"], ("EXITED", ()))
            for name in PROGRAMS:
                self.assertEqual((processes[name][0], len(processes[name][1])), ("RUNNING", 1), name)
            self.assertEqual([f"{p['application_name']}:{p['process_name']}" for p in
                              supvisors.get_process_info("shop:*")], ALL)
            self.assertEqual(supvisors.get_conflicts(), [])
        self.assertEqual(len({json.dumps(node.processes(), sort_keys=True) for node in self.cluster}), 1)
        self.assertEqual(len({node.master() for node in self.cluster}), 1)

    def test_03_own_programs_by_supervisorctl(self):
        runs = {}
        for node in self.cluster:
            text = node.supervisorctl("status").stdout
            lines = {words[0]: words[1:] for words in map(str.split, text.splitlines())}
            self.assertEqual(sorted(lines), ALL, text)
            for name, words in lines.items():
                if words[0] == "RUNNING":
                    runs.setdefault(name, []).append((node.identifier, int(words[2].rstrip(","))))
        seen = self.cluster["n1"].processes()
        self.assertEqual(sorted(runs), sorted(PROGRAMS))
        for name, places in runs.items():
            self.assertEqual([place for place, _ in places], list(seen[name][1]), name)
            node = self.cluster.at(places[0][0])
            self.assertEqual(node.supervisorctl("pid", name).stdout.strip(), str(places[0][1]))

    def test_04_holdfastctl(self):
        for node in self.cluster:
            nodes = json.loads(node.ctl("-o", "json", "nodes").stdout)
            listed = nodes["nodes"] if isinstance(nodes, dict) else nodes
            self.assertEqual({(n["nick"], n["state"]) for n in listed},
                             {("n1", "RUNNING"), ("n2", "RUNNING"), ("n3", "RUNNING")})
            self.assertEqual([n["nick"] for n in listed if n["master"]], [node.master()])
            text = node.ctl("status", "--cluster").stdout
            for name, (state, identifiers) in node.processes().items():
                place = self.cluster.at(identifiers[0]).nick if identifiers else "-"
                self.assertRegex(text, rf"(?m)^{name} +{state} +{place} ")
        master = self.cluster[self.cluster["n1"].master()]
        why = master.ctl("why", "shop:store").stdout
        self.assertIn("automatic start", why)
        self.assertIn("least loaded", why)
        self.assertIn("start shop:store", master.ctl("history", "shop").stdout + why)

    def test_05_page(self):
        for node in self.cluster:
            with urllib.request.urlopen(node.url + "/", timeout=5) as page:
                self.assertEqual(page.status, 200)
                self.assertTrue(page.headers["Content-Type"].startswith("text/html"))
                text = page.read().decode()
            for word in ("n1", "n2", "n3", "shop", "OPERATION"):
                self.assertIn(word, text)

    def test_06_restart_process_from_another_node(self):
        place = self.cluster.where("shop:web")
        asked = self.cluster.others(place)[0]
        before = place.own_pids()["shop:web"]
        self.assertIs(asked.rpc.supvisors.restart_process("CONFIG", "shop:web", "", True), True)
        after = self.cluster.where("shop:web", asked).own_pids()["shop:web"]
        self.assertNotEqual(before, after)
        self.assertIs(asked.rpc.supvisors.stop_process("shop:web", True), True)
        self.assertEqual(asked.processes()["shop:web"], ("STOPPED", ()))
        self.assertIs(asked.rpc.supvisors.start_process("LESS_LOADED", "shop:web", "", True), True)
        self.wait_for_shop()

    def test_07_move_keeps_the_content_of_the_store(self):
        before = self.jobs()
        place = self.cluster.where("shop:store")
        store = place.own_pids()["shop:store"]
        asked = self.cluster.others(place)[0]
        self.assertIs(asked.rpc.supvisors.stop_process("shop:store", True), True)
        wait_for(lambda: "shop:store" not in place.own_pids(), 5, f"the end of redis {store}")
        # It goes elsewhere when it is asked for there: that node's own start.
        self.assertIs(asked.rpc.supervisor.startProcess("shop:store", True), True)
        wait_for(lambda: self.cluster.where("shop:store", place) is asked, 5, "the store elsewhere")
        wait_for(lambda: self.jobs() > before, 10, "more jobs than before the move")

    def test_08_stop_and_start_application(self):
        stopper, starter = self.cluster["n2"], self.cluster["n3"]
        before = self.jobs()
        self.assertIs(stopper.rpc.supvisors.stop_application("shop", True), True)
        for node in self.cluster:
            wait_for(lambda: node.rpc.supvisors.get_application_info("shop")["statename"] == "STOPPED", 5,
                     f"the shop STOPPED for {node.nick}")
            self.assertEqual(node.own_pids(), {})
        self.assertIs(starter.rpc.supvisors.start_application("CONFIG", "shop", True), True)
        self.assertEqual(starter.rpc.supvisors.get_application_info("shop")["statename"], "RUNNING")
        self.wait_for_shop()
        self.assertGreaterEqual(self.jobs(), before)

    def test_09_restart_application(self):
        pids = {name: pid for node in self.cluster for name, pid in node.own_pids().items()}
        self.assertIs(self.cluster["n2"].rpc.supvisors.restart_application("LESS_LOADED", "shop", True), True)
        self.wait_for_shop()
        after = {name: pid for node in self.cluster for name, pid in node.own_pids().items()}
        self.assertEqual(sorted(after), sorted(pids))
        self.assertEqual(set(after.values()) & set(pids.values()), set())

    def test_10_holdfastctl_stops_and_starts(self):
        node = self.cluster["n3"]
        stopped = node.ctl("app", "stop", "shop")
        self.assertEqual(stopped.returncode, 0, stopped.stdout + stopped.stderr)
        wait_for(lambda: node.rpc.supvisors.get_application_info("shop")["statename"] == "STOPPED", 10, "STOPPED")
        started = node.ctl("app", "start", "shop")
        self.assertEqual(started.returncode, 0, started.stdout + started.stderr)
        self.wait_for_shop()

    def test_11_nobody_flapped(self):
        for node in self.cluster:
            self.assertEqual(node.logged(r"AWAY|silent for|partial"), [], node.daemon.text("agent.log"))

    def test_12_death_of_the_node_of_the_store(self):
        before = self.jobs()
        place = self.cluster.where("shop:store")
        survivors = self.cluster.others(place)
        place.daemon.kill_everything()
        for node in survivors:
            wait_for(lambda: node.members()[place.nick] == "STOPPED", 10, f"{place.nick} STOPPED for {node.nick}")
            wait_for(lambda: all(node.processes()[name][0] == "RUNNING" for name in PROGRAMS), 15,
                     f"the shop whole again for {node.nick}")
            self.assertNotIn(place.identifier, [where for _, places in node.processes().values() for where in places])
        wait_for(lambda: self.jobs() > before, 10, "the store's content, and more jobs")
        why = survivors[0].ctl("why", "shop:store").stdout + survivors[1].ctl("why", "shop:store").stdout
        self.assertIn("was lost with shop:store", why)
        place.daemon.start("-s")
        self.cluster.wait_until_whole()
        self.assertEqual(self.cluster[place.nick].own_pids(), {}, "it comes back empty")


if __name__ == "__main__":
    unittest.main()
