"""Disabled programs with real agents (contract supvisors.md CFG-20, CFG-E4, CFG-E7, 5.3, section 6): the file, its folder, what
starts and what does not, what other nodes, listeners and restarts see."""
import json
import unittest

from nodes import Workspace, small_cluster, wait_for

PROGRAMS = """[program:web]
command = /bin/sleep 100000
startsecs = 0
[program:db]
command = /bin/sleep 100000
startsecs = 0
autostart = false
[eventlistener:ear]
command = /usr/bin/python3 -u -S EAR
events = PROCESS_ENABLED,PROCESS_DISABLED
stderr_logfile = %(here)s/ear.log
startsecs = 0
"""
EAR = """import sys
while True:
    print('READY', flush=True)
    head = dict(word.split(':') for word in sys.stdin.readline().split())
    print(head['eventname'], sys.stdin.read(int(head['len'])), file=sys.stderr, flush=True)
    sys.stdout.write('RESULT 2\\nOK')
    sys.stdout.flush()
"""
RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'


def disabled_at(node, program):
    return next(p for p in node.rpc.supvisors.get_all_local_process_info() if p["name"] == program)["disabled"]


class DisabilitiesTest(unittest.TestCase):
    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.__exit__, None, None, None)

    def start(self, options, count=2):
        ear = self.workspace.folder / "ear.py"
        ear.write_text(EAR)
        self.cluster = small_cluster(self.workspace, count, PROGRAMS.replace("EAR", str(ear)), RULES, options=options)
        self.cluster.wait_until_whole()
        return self.cluster.nodes

    def test_kept_shown_and_told(self):
        n1, n2 = self.start("disabilities_file = %(here)s/far/away/off.json")
        file = n1.daemon.folder / "far/away/off.json"
        everything = {"web": False, "db": False, "ear": False}
        wait_for(lambda: file.exists() and json.loads(file.read_text()) == everything, 5, "written at the start")
        wait_for(lambda: "web:web" in n1.own_pids(), 5, "web RUNNING")
        done = n1.ctl("disable", "web")
        self.assertEqual((done.returncode, done.stdout), (0, "web disabled: True\n"), done.stderr)
        self.assertNotIn("web:web", n1.own_pids(), "stopped")
        wait_for(lambda: json.loads(file.read_text()) == {**everything, "web": True}, 5, "written at the change")
        self.assertRegex(n1.ctl("local_status", "web:web").stdout, r"web +web +True +STOPPED")
        started = n1.ctl("start", "web")
        self.assertEqual(started.stdout, "web: ERROR disabled\n")
        fault = n1.ctl("start_args", "web:web", "-x")
        self.assertNotEqual(fault.returncode, 0)
        wait_for(lambda: any(row["disabled"] for row in n2.rpc.supvisors.get_inner_process_info("n1", "web:web")), 5,
                 "the other node knows")
        self.assertFalse(disabled_at(n2, "web"), "of one node")
        wait_for(lambda: n1.daemon.text("ear.log").strip() == "PROCESS_DISABLED processname:web groupname:web", 5,
                 "the listener is told")
        # It outlives the agent, and the daemon.
        self.assertEqual(n1.ctl("agent", "restart").returncode, 0)
        self.cluster.wait_until_whole()
        self.assertTrue(disabled_at(n1, "web"))
        n1.daemon.stop()
        n1.daemon.start("-s")
        self.cluster.wait_until_whole()
        self.assertTrue(disabled_at(n1, "web"))
        self.assertNotIn("web:web", n1.own_pids(), "autostart does not start it")
        done = n1.ctl("enable", "web")
        self.assertEqual(done.stdout, "web enabled: True\n")
        wait_for(lambda: "web:web" in n1.own_pids(), 5, "autostart is armed again")
        self.assertIn("BAD_NAME", n1.ctl("enable", "nobody").stdout)

    def test_what_cannot_be_kept_is_said(self):
        (self.workspace.folder / "file").write_text("")
        n1, = self.start(f"disabilities_file = {self.workspace.folder}/file/off.json", count=1)
        n1.wait_logged("its folder cannot be made")
        self.assertTrue(any(level == "ERRO" and "its folder cannot be made" in text for _, level, text in n1.log()), n1.log())
        self.assertIs(n1.rpc.supvisors.disable("db"), True, "it works all the same")
        broken = self.workspace.folder / "broken.json"
        broken.write_text('{"web": "no"}')
        n1.daemon.stop()
        n1.daemon.config.write_text(n1.daemon.config.read_text().replace("/file/off.json", "/broken.json"))
        n1.daemon.start("-s")
        self.cluster.wait_until_whole()
        n1.wait_logged('the value of "web" is neither true nor false; it is left as it is')
        self.assertEqual(broken.read_text(), '{"web": "no"}')


if __name__ == "__main__":
    unittest.main()
