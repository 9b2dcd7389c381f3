"""What a configuration adds to the pages and how it logs: software_name, software_icon, css_files (contract supvisors.md
CFG-01, CFG-02, CFG-09, CFG-P6), and the log of the cluster's own (CFG-28 to CFG-31, change_log_level)."""
import http.client
import os
import re
import signal
import unittest
import xmlrpc.client

from nodes import BIN, LOG_LINE, Workspace, run, small_cluster, wait_for

PROGRAMS = "[program:idle]\ncommand = /bin/sleep 100000\nstartsecs = 0\n"
RULES = '<?xml version="1.0" encoding="UTF-8"?>\n<root/>\n'
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SUPVISORS = """[rpcinterface:supvisors]
supervisor.rpcinterface_factory = supvisors.plugin:make_supvisors_rpcinterface
"""


def configure(node, text):
    """Options of Supvisors' section, before [cluster], which has the rest."""
    config = node.daemon.config
    config.write_text(config.read_text().replace("[cluster]", SUPVISORS + text + "[cluster]", 1))


class Appearance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.workspace = Workspace()
        cls.addClassCleanup(cls.workspace.__exit__, None, None, None)
        cls.cluster = small_cluster(cls.workspace, 1, PROGRAMS, RULES, start=False)
        cls.node = cls.cluster["n1"]
        cls.folder = cls.node.daemon.config.parent
        (cls.folder / "logo.png").write_bytes(PICTURE)
        (cls.folder / "logo2.png").write_bytes(b"the second")
        (cls.folder / "b.css").write_text("h1 { color: teal }")
        (cls.folder / "a.css").write_text("/* </style><script> */\n.brand { color: red }")
        (cls.folder / "c.css").write_bytes(b"x" * 300_000)
        configure(cls.node, "software_name = Fish & <Chips>\nsoftware_icon = %(here)s/logo*.png\n"
                            "css_files = %(here)s/*.css %(here)s/a.css %(here)s/none*.css\n")
        cls.node.daemon.start("-s")
        cls.cluster.wait_for_state()

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.cluster.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def test_name_and_picture_on_every_page(self):
        for path in ("/", "/process?name=idle", "/application?name=idle", "/nothing-here", "/tail.html?processname=idle"):
            _, headers, body = self.get(path)
            text = body.decode()
            self.assertIn("Fish &amp; &lt;Chips&gt;</a>", text, path)
            self.assertRegex(text, r"<title>[^<]* · Fish &amp; &lt;Chips&gt;</title>")
            self.assertRegex(text, r'<img[^>]*src="branding/icon"[^>]*>')
            built_in, ours = text.index('href="assets/style.css'), text.index('href="branding/style.css"')
            self.assertLess(built_in, ours)  # what comes later is stronger
            self.assertIn("default-src 'self'", headers["Content-Security-Policy"])
            self.assertIn("<footer>Holdfast ", text)

    def test_picture(self):
        """The first of several; served from the file as it is now, with its type; not more than a megabyte."""
        path = self.folder / "logo.png"
        status, headers, body = self.get("/branding/icon")
        self.assertEqual((status, headers["Content-Type"], body), (200, "image/png", PICTURE))
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        path.write_bytes(PICTURE * 2)
        self.assertEqual(self.get("/branding/icon")[2], PICTURE * 2)
        path.write_bytes(b"x" * (1024 * 1024 + 1))
        self.assertEqual(self.get("/branding/icon")[0], 404)
        path.unlink()
        self.assertEqual(self.get("/branding/icon")[0], 404)
        path.write_bytes(PICTURE)
        for trouble in ("is larger than 1 MB", "cannot be read"):
            wait_for(lambda: len(self.node.logged(f"software_icon .*logo.png {trouble}; it is not shown")) == 1, 5, trouble)
        self.assertEqual(len(self.node.wait_logged("software_icon: 2 files match; .*/logo.png is used")), 1)

    def test_style(self):
        """Sorted, each once, without what is too large; read once."""
        wanted = b"/* </style><script> */\n.brand { color: red }\nh1 { color: teal }\n"
        status, headers, body = self.get("/branding/style.css")
        self.assertEqual((status, headers["Content-Type"], body), (200, "text/css; charset=utf-8", wanted))
        (self.folder / "b.css").write_text("later")
        self.assertEqual(self.get("/branding/style.css")[2], wanted)
        self.assertEqual(len(self.node.wait_logged(r'css_files: no file matches ".*none\*.css"')), 1)
        wait_for(lambda: self.node.logged(r"css_files: .*c\.css is too large"), 5, "the large one named")
        self.assertEqual(self.get("/branding/other")[0], 404)
        self.assertEqual(self.get("/branding/../agent.log")[0], 404)


class Plain(unittest.TestCase):
    def test_nothing_is_added_unasked(self):
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 1, PROGRAMS, RULES)
            cluster.wait_for_state()
            connection = http.client.HTTPConnection("127.0.0.1", cluster.port, timeout=10)
            self.addCleanup(connection.close)
            connection.request("GET", "/")
            text = connection.getresponse().read().decode()
            self.assertNotIn("branding", text)
            self.assertIn("Holdfast</a>", text)
            connection.request("GET", "/branding/icon")
            self.assertEqual(connection.getresponse().status, 404)


class OwnLog(unittest.TestCase):
    """The cluster's lines in a file of their own, with the name before each, rotated and reopened; the daemon's log keeps
    the rest."""

    def test_own_log(self):
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 1, PROGRAMS, RULES, start=False)
            node = cluster["n1"]
            folder = node.daemon.config.parent
            own = folder / "cluster.log"
            configure(node, "software_name = Fish\nlogfile = %(here)s/cluster.log\nlogfile_maxbytes = 400\n"
                            "logfile_backups = 2\nloglevel = info\n")
            node.daemon.start("-s")
            cluster.wait_for_state()

            def lines():
                files = [own.with_name(f"cluster.log.{n}") for n in (2, 1)] + [own]
                return [match.groups()[1:] for path in files if path.exists()
                        for line in path.read_text().splitlines() if (match := LOG_LINE.fullmatch(line))]
            wait_for(lambda: any(re.search("Fish cluster 'test': this is node", text) for _, text in lines()), 10, "its line")
            self.assertTrue(all(text.startswith("Fish ") for _, text in lines()))
            self.assertEqual(node.logged("cluster 'test'"), [])
            self.assertEqual(len(node.wait_logged("the cluster's lines go to .*/cluster.log")), 1)
            node.wait_logged("spawned: 'idle'")
            self.assertFalse(any("spawned" in text for _, text in lines()))

            def reload():  # a line each
                with self.assertRaises(xmlrpc.client.Fault):
                    node.rpc.supvisors.change_log_level("loud")
                return node.rpc.holdfast.reloadKeys()
            def rotated_twice():  # lines that are written together fill one file together
                reload()
                return own.with_name("cluster.log.2").exists()
            wait_for(rotated_twice, 10, "a second backup")
            self.assertFalse(own.with_name("cluster.log.3").exists())
            own.rename(folder / "moved")
            os.kill(node.daemon.pid, signal.SIGUSR2)
            wait_for(own.exists, 10, "the file again")
            # The level: of this log only.
            self.assertEqual(node.ctl("loglevel", "critical").stdout, "Logger level changed: True\n")
            node.rpc.supervisor.stopProcess("idle")
            node.wait_logged("stopped: idle")  # what was to be written before it is there, in both logs
            before = lines()
            reload()
            node.rpc.supervisor.startProcess("idle")
            node.wait_logged("spawned: 'idle'", 2)
            self.assertEqual(lines(), before)
            self.assertIs(node.rpc.supvisors.change_log_level(20), True)
            reload()
            wait_for(lambda: lines() != before, 10, "a line again")
            for wrong in (21, -1, "", 2.5):
                with self.assertRaises(xmlrpc.client.Fault) as caught:
                    node.rpc.supvisors.change_log_level(wrong)
                self.assertEqual(caught.exception.faultCode, 2)

    def test_a_wrong_log_stops_the_start(self):
        with Workspace() as workspace:
            cluster = small_cluster(workspace, 1, PROGRAMS, RULES, start=False)
            node = cluster["n1"]
            configure(node, "logfile = %(here)s/nowhere/cluster.log\n")
            done = run(BIN / "holdfastd", "-T", "-c", node.daemon.config, cwd=node.daemon.config.parent)
            self.assertEqual(done.returncode, 2)
            self.assertIn("nowhere/cluster.log does not exist", done.stderr)


if __name__ == "__main__":
    unittest.main()
