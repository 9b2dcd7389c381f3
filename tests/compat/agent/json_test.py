"""The JSON twin of the methods (DESIGN section 9; contract supervisor.md 4.3 for the faults), its OpenAPI document, and
docs/api.rst made from it. One agent with a cluster section, so that every method there is can be called."""
import json
import sys
import unittest
import urllib.parse
import xmlrpc.client

from pair import Side, main, support

sys.path.insert(0, str(support.ROOT / "docs"))
import make_api  # noqa: E402

PROGRAMS = """
[program:cat]
command = /bin/cat
startsecs = 0
[program:off]
command = /bin/cat
autostart = false
startsecs = 0
stdout_logfile = NONE
[program:nofile]
command = /nonexistent/program
autostart = false
[program:folder]
command = /tmp
autostart = false
[program:quick]
command = /bin/false
startsecs = 60
startretries = 0
autostart = false
[unix_http_server]
file = %(here)s/s.sock
"""
# Methods whose answer is a clock or changes from call to call, by the part that does.
CLOCKS = ("now", "description", "age_ms", "at", "epoch", "counters", "time", "uptime", "now_monotonic", "start_monotonic",
          "stop_monotonic", "last_event_time", "remote_time", "local_time", "remote_mtime", "local_mtime")

# method, arguments, HTTP status: each of the faults that a call can provoke here.
FAULTS = [
    ("system.methodHelp", ["absent"], 404), ("supervisor.getProcessInfo", [], 400), ("supervisor.getProcessInfo", ["absent"], 404),
    ("supervisor.readProcessStdoutLog", ["cat", 0, -1], 400), ("supervisor.readProcessStdoutLog", ["off", 0, 0], 404),
    ("supervisor.signalProcess", ["cat", "NONE"], 400), ("supervisor.startProcess", ["nofile"], 404),
    ("supervisor.startProcess", ["folder"], 409), ("supervisor.startProcess", ["quick"], 500),
    ("supervisor.startProcess", ["cat"], 409), ("supervisor.stopProcess", ["off"], 409),
    ("supervisor.addProcessGroup", ["cat"], 409), ("supervisor.removeProcessGroup", ["cat"], 409),
    ("supervisor.sendProcessStdin", ["cat", 5], 400), ("supvisors.start_application", ["CONFIG", "absent"], None),
]


def without_clocks(value):
    if isinstance(value, dict):
        return {key: without_clocks(item) for key, item in value.items() if key not in CLOCKS}
    return [without_clocks(item) for item in value] if isinstance(value, (list, tuple)) else value


class Json(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.workspace = support.Workspace()
        cls.side = Side(cls.workspace, "json", None, make_api.CONFIG + PROGRAMS, {})
        cls.side.start()
        cls.side.wait_state("cat", "RUNNING")
        support.wait_for(lambda: cls.side.rpc.supvisors.get_supvisors_state()["fsm_statename"] == "OPERATION", 20, "OPERATION")
        status, _, cls.document = cls.ask("GET", "openapi.json")
        assert status == 200

    @classmethod
    def tearDownClass(cls):
        cls.workspace.__exit__(None)

    @classmethod
    def ask(cls, verb, name, arguments=None, headers=None):
        body = None if verb == "GET" else json.dumps(arguments if arguments is not None else [])
        query = "?" + urllib.parse.urlencode(arguments) if verb == "GET" and arguments else ""
        status, answered, content = cls.side.http(verb, f"/api/v1/{name}{query}", body, {
            **({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})})
        return status, answered, json.loads(content) if content else None

    def fault_of(self, method, arguments):
        namespace, name = method.split(".")
        try:
            getattr(getattr(self.side.rpc, namespace), name)(*arguments)
        except xmlrpc.client.Fault as fault:
            return {"code": fault.faultCode, "text": fault.faultString}
        return None

    def test_every_method_has_its_twin_in_the_document(self):
        paths = self.document["paths"]
        methods = self.side.rpc.system.listMethods()
        self.assertEqual(sorted(methods), sorted(path.removeprefix("/api/v1/") for path, item in paths.items() if "post" in item))
        for method in methods:
            item = paths["/api/v1/" + method]
            signature = self.side.rpc.system.methodSignature(method)
            body = item["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"][0]
            types = {"int": "integer", "struct": "object", "double": "number"}
            self.assertEqual([types.get(word, word) for word in signature[1:]],
                             [schema["type"] for schema in body["properties"].values()], method)
            self.assertEqual(self.side.rpc.system.methodHelp(method), item["post"]["summary"])
            if "get" in item:
                self.assertEqual(list(body["properties"]), [each["name"] for each in item["get"]["parameters"]])

    def test_document_is_whole(self):
        """Every reference resolves, every operation has an id of its own, and answers with a status of the table."""
        def walk(item):
            if isinstance(item, dict):
                yield item
                for each in item.values():
                    yield from walk(each)
            elif isinstance(item, list):
                for each in item:
                    yield from walk(each)
        self.assertTrue(self.document["openapi"].startswith("3.0."))
        self.assertTrue(self.document["info"]["version"])
        nodes = list(walk(self.document))
        for node in nodes:
            make_api.resolved(self.document, node)
        ids = [node["operationId"] for node in nodes if "operationId" in node]
        self.assertEqual(len(ids), len(set(ids)))

    def test_reading_methods_answer_the_same_by_three_ways(self):
        held = 0
        for path, item in self.document["paths"].items():
            method = path.removeprefix("/api/v1/")
            if "get" not in item or "post" not in item or item["get"]["parameters"]:
                continue
            namespace, name = method.split(".")
            if method in ("holdfast.getHistory", "system.listMethods"):
                continue
            by_xml = None
            try:
                by_xml = without_clocks(getattr(getattr(self.side.rpc, namespace), name)())
            except xmlrpc.client.Fault:
                continue
            for verb in ("GET", "POST"):
                status, _, answer = self.ask(verb, method)
                self.assertEqual((200, by_xml), (status, without_clocks(answer["result"])), f"{verb} {method}")
            held += 1
        self.assertGreater(held, 12)

    def test_arguments(self):
        info = self.side.rpc.supervisor.getProcessInfo("off")
        for verb, arguments in (("GET", {"name": "off"}), ("POST", ["off"]), ("POST", {"name": "off"})):
            status, _, answer = self.ask(verb, "supervisor.getProcessInfo", arguments)
            self.assertEqual((200, without_clocks(info)), (status, without_clocks(answer["result"])))
        self.assertEqual("", self.ask("GET", "supervisor.readLog", {"offset": 1000000, "length": 5})[2]["result"])
        self.assertEqual((200, True), (lambda a: (a[0], a[2]["result"]))(
            self.ask("POST", "supervisor.startProcess", {"name": "off", "wait": False})))
        self.assertEqual("RUNNING", self.side.state("off"))
        self.assertEqual((200, True), (lambda a: (a[0], a[2]["result"]))(self.ask("POST", "supervisor.stopProcess", ["off"])))
        for bad in (["off", True, 1], {"nome": "off"}, {"name": "off", "more": 1}, {"name": None}, 5, "off", {"name": ["x"]}):
            status, _, answer = self.ask("POST", "supervisor.getProcessInfo", bad)
            self.assertEqual((400, 2), (status, answer["fault"]["code"]), bad)
            self.assertTrue(answer["fault"]["text"].startswith("INCORRECT_PARAMETERS"), answer)

    def test_a_name_before_others_that_are_absent(self):
        """Every optional argument of every method, alone: honoured, as if those before it had been given as they are
        then taken for; and a name that no method has is refused with those that there are."""
        for path, item in self.document["paths"].items():
            method = path.removeprefix("/api/v1/")
            for verb in ("get", "post"):
                if verb not in item or method == "events":
                    continue
                parameters = item["get"]["parameters"] if verb == "get" else []
                arguments = {each["name"]: "nosuch" for each in parameters if each["required"]}
                status, _, answer = self.ask(verb.upper(), method, {**arguments, "nome": "x"})
                self.assertEqual((400, 2), (status, answer["fault"]["code"]), (verb, method))
                self.assertIn(f"{method} takes no argument 'nome'; it takes ", answer["fault"]["text"])
                for each in parameters:
                    self.assertIn(each["name"], answer["fault"]["text"])
        held = 0
        for path, item in self.document["paths"].items():
            method = path.removeprefix("/api/v1/")
            schema = item.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            names = list(schema["oneOf"][0]["properties"].items()) if schema else []
            optional = [name for name, each in names if "default" in each]
            required = {name: "off" for name, each in names if "default" not in each}
            if "get" not in item or not optional or method == "holdfast.getStatistics":
                continue
            for name in optional:
                value = 1 if dict(names)[name]["type"] == "integer" else dict(names)[name]["default"]
                whole = [required.get(each, value if each == name else schema.get("default"))
                         for each, schema in names[:[each for each, _ in names].index(name) + 1]]
                answers = [self.ask("POST", method, whole), self.ask("POST", method, {**required, name: value}),
                           self.ask("GET", method, {**required, name: value})]
                self.assertEqual(answers[0][2], answers[1][2], (method, name))
                self.assertEqual(answers[0][2], answers[2][2], (method, name))
                held += 1
        self.assertGreaterEqual(held, 5)

    def test_a_limit_alone(self):
        for verb in ("GET", "POST"):
            self.assertEqual(2, len(self.ask(verb, "holdfast.getHistory", {"limit": 2})[2]["result"]))
        self.assertEqual("RUNNING", self.side.state("cat"))
        status, _, answer = self.ask("GET", "holdfast.why", {"limit": 2})
        self.assertEqual((400, "INCORRECT_PARAMETERS: argument 'name' is missing"), (status, answer["fault"]["text"]))
        status, _, answer = self.ask("POST", "supvisors.start_process", {"strategy": "CONFIG", "namespec": "off", "wait": False})
        self.assertEqual((200, True), (status, answer.get("result")))
        self.side.wait_state("off", "RUNNING")
        self.ask("POST", "supervisor.stopProcess", ["off"])

    def test_faults(self):
        seen = set()
        for method, arguments, wanted in FAULTS:
            by_xml = self.fault_of(method, arguments)
            status, _, answer = self.ask("POST", method, arguments)
            self.assertEqual(by_xml, answer.get("fault"), method)
            self.assertIn(str(status), self.document["paths"]["/api/v1/" + method]["post"]["responses"])
            if wanted:
                self.assertEqual(wanted, status, f"{method} {arguments} {answer}")
            seen.add(by_xml["code"])
            described = make_api.resolved(self.document, self.document["paths"]["/api/v1/" + method]["post"]["responses"][str(status)])
            self.assertIn(f"({by_xml['code']})", described["description"])
        self.assertGreaterEqual(len(seen), 12, seen)

    def test_refusals(self):
        for status, code, verb, name, headers in (
                (404, 1, "POST", "absent.method", {}), (404, 1, "GET", "supervisor.absent", {}),
                (405, 405, "GET", "supervisor.shutdown", {}), (405, 405, "PUT", "supervisor.getState", {}),
                (415, 415, "POST", "supervisor.getState", {"Content-Type": "text/plain"}),
                (415, 415, "POST", "supervisor.getState", {"Origin": "http://foreign.example"}),
                (403, 403, "GET", "supervisor.getState", {"Host": "foreign.example"})):
            answered = self.ask(verb, name, headers=headers)
            self.assertEqual((status, code), (answered[0], answered[2]["fault"]["code"]), (verb, name, headers))
        for body in (b"{", b"[" * 100000 + b"]" * 100000, b"[1e999]", b"\xff"):
            status, _, content = self.side.http("POST", "/api/v1/supervisor.getState", body, {"Content-Type": "application/json"})
            self.assertEqual((400, 2), (status, json.loads(content)["fault"]["code"]), body[:10])

    def test_help_names_what_this_server_has(self):
        """Every command that holdfastctl's help names to an agent in a cluster has its method there; and it names the same
        when nobody answers."""
        def topics(*options):
            done = support.run(support.BIN / "holdfastctl", "-c", "", *options, "help")
            self.assertEqual(0, done.returncode, done.stderr)
            return {word for line in done.stdout.splitlines() if "=" not in line and "commands (" not in line for word in line.split()}
        listed = topics("-s", self.side.tcp_url)
        self.assertTrue({"status", "start_process", "history", "why", "nodes", "unfence", "keys"} <= listed)
        self.assertEqual(listed, topics("-s", "http://127.0.0.1:1"))
        harmless = {"conciliate": ["USER"], "start_application": ["LOCAL", "no"], "restart_application": ["LOCAL", "no"],
                    "stop_application": ["no"], "start_process": ["LOCAL", "no"], "restart_process": ["LOCAL", "no"],
                    "stop_process": ["no"], "enable": ["no"], "disable": ["no"], "loglevel": ["info"], "unfence": ["no"],
                    "stats_period": ["5"], "app": ["stop", "no"], "why": ["no"], "keys": ["reload"], "fg": ["no"]}
        for name in sorted(listed - {"sreload", "sshutdown", "shutdown", "reload", "agent", "keeper", "exit", "quit", "open",
                                     "maintail", "tail"}):
            done = support.run(support.BIN / "holdfastctl", "-c", "", "-s", self.side.tcp_url, name, *harmless.get(name, []))
            self.assertNotIn("UNKNOWN_METHOD", done.stdout + done.stderr, name)
            self.assertNotIn("does not know this command's method", done.stdout + done.stderr, name)
        done = support.run(support.BIN / "holdfastctl", "-c", "", "-s", self.side.tcp_url, "update_numprocs", "cat", "2")
        self.assertEqual((3, f"ERROR (UNKNOWN_METHOD: {self.side.tcp_url} does not have this command's method)\n"),
                         (done.returncode, done.stdout))

    def test_the_page_is_current(self):
        self.assertEqual(make_api.PAGE.read_text(), make_api.render(self.document),
                         "the methods have changed: run docs/make_api.py")


if __name__ == "__main__":
    main()
