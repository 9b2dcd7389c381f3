"""packaging/completion/holdfastctl in a real bash, against a running supervisord. HOLDFAST_BIN names the folder of
holdfastctl."""
import pathlib
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import holdfast_testing as support  # noqa: E402

CONFIG = """
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/supervisord.pid
childlogdir = %(here)s

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[unix_http_server]
file = %(here)s/s.sock

[supervisorctl]
serverurl = unix://%(here)s/s.sock

[program:cat]
command = /bin/cat
autostart = false

[program:p1]
command = /bin/cat
autostart = false

[group:pair]
programs = p1
"""


class BashCompletion(unittest.TestCase):
    def test_words(self):
        with support.Workspace() as workspace:
            daemon = workspace.daemon("one", CONFIG, program="/usr/bin/supervisord").start()
            rpc = support.server_proxy(f"unix://{daemon.folder}/s.sock").supervisor
            support.wait_for(lambda: rpc.getState()["statecode"] == 1, 20, "the daemon")

            def words(line):
                script = f"""
                    . {support.ROOT / 'packaging/completion/holdfastctl'}
                    PATH={support.BIN}:$PATH COMP_LINE={shlex.quote(line)}
                    COMP_POINT=${{#COMP_LINE}} COMP_WORDBREAKS=$' \\t\\n:='
                    _holdfastctl
                    printf '%s\\n' "${{COMPREPLY[@]}}"
                """
                done = subprocess.run(["bash", "-uc", script], capture_output=True, text=True, timeout=support.PATIENCE_S)
                self.assertEqual(done.stderr, "")
                return done.stdout.split("\n")[:-1]
            here = f"holdfastctl -c {daemon.config} "
            self.assertEqual(words(here + "vers"), ["version "])
            self.assertEqual(words(here + "status c"), ["cat "])
            self.assertEqual(words(here + "status cat pa"), ["pair:* ", "pair:p1 "])
            self.assertEqual(words(here + "status pair:p"), ["p1 "])
            self.assertEqual(words(here + "update "), ["cat ", "pair "])
            self.assertEqual(words("holdfastctl -c '' -s http://127.0.0.1:1 status "), [""])


if __name__ == "__main__":
    unittest.main(verbosity=1)
