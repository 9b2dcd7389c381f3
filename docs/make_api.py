#!/usr/bin/python3
"""Writes docs/api.rst from the OpenAPI document of an agent with a cluster section, so that the page lists every method
there is. `docs/make_api.py [BIN]` starts one from BIN (default build/release/bin) in a temporary folder, on loopback.
tests/compat/agent/json_test.py fails when the page in the tree is not what this makes."""
import json
import pathlib
import sys
import textwrap
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/api.rst"

CONFIG = """
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/daemon.pid
childlogdir = %(here)s
[holdfast]
state_dir = %(here)s/state
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[inet_http_server]
port = 127.0.0.1:%(ENV_TEST_PORT)s
[cluster]
nodes = <one>127.0.0.1:%(ENV_TEST_PORT)s
"""

HEAD = """\
API
===

.. This page is made by docs/make_api.py from the agent's own table of methods; change the texts there.

Every method can be called in two ways, with the same arguments, results and faults:

* XML-RPC at ``/RPC2``, as Supervisor has it;
* JSON at ``/api/v1/NAMESPACE.METHOD``: ``POST`` with ``Content-Type: application/json`` and an array of the arguments in
  their order, or an object by their names, or nothing; the answer is ``{"result": ...}``. Methods that only read also
  answer ``GET`` with the arguments in the query. By name an argument in brackets may be left out also before one that is
  given: it is what stands behind ``=``. A fault is ``{"fault": {"code": ..., "text": ...}}`` with the code and
  the text of the XML-RPC fault and the HTTP status of the table below.

A password that the server asks for is given by HTTP's basic authentication. A request that a browser sends from a foreign
page is refused. ``/api/v1/openapi.json`` is this page as an OpenAPI 3 document; ``/api/v1/events`` streams what changes as
server-sent events.

.. code-block:: sh

    curl -u user:password -H 'Content-Type: application/json' -d '["web", false]' \\
        http://localhost:9001/api/v1/supervisor.startProcess
    curl -u user:password 'http://localhost:9001/api/v1/supervisor.getProcessInfo?name=web'
"""


def title(text, mark):
    return f"\n{text}\n{mark * len(text)}\n"


def wrapped(text, indent):
    return textwrap.fill(text, 118, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False,
                         break_long_words=False)


def resolved(document, item):
    while "$ref" in item:
        found = document
        for part in item["$ref"][2:].split("/"):
            found = found[part]
        item = found
    return item


def faults_table(document):
    rows = {}
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status != "200":
                    rows[int(status)] = resolved(document, response)["description"].rstrip(".")
    lines = ["======  " + "=" * 110, "status  faults", "======  " + "=" * 110]
    for status in sorted(rows):
        parts = textwrap.wrap(rows[status], 110)
        lines.append(f"{status}     {parts[0]}")
        lines += ["        " + part for part in parts[1:]]
    return "\n".join([*lines, lines[0]]) + "\n"


def method_text(name, path):
    post = path["post"]
    by_name = post["requestBody"]["content"]["application/json"]["schema"]["oneOf"][0]
    words = []
    for parameter, schema in by_name["properties"].items():
        optional = parameter not in by_name.get("required", [])
        words.append(f"[{parameter}: {schema['type']} = {json.dumps(schema['default'])}]" if optional else
                     f"{parameter}: {schema['type']}")
    result = post["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["result"]["type"]
    reads = " Also by ``GET``." if "get" in path else ""
    return f"\n``{name}({', '.join(words)})`` → {result}\n" + wrapped(post["summary"] + reads, "  ") + "\n"


def render(document):
    """The text of docs/api.rst."""
    namespaces = {}
    for path, item in document["paths"].items():
        name = path.removeprefix("/api/v1/")
        if "post" in item:
            namespaces.setdefault(name.split(".")[0], []).append(method_text(name, item))
    text = HEAD + title("Faults", "-") + "\n" + faults_table(document)
    for namespace, methods in sorted(namespaces.items()):
        text += title(namespace, "-") + "".join(methods)
    return text


def main():
    sys.path.insert(0, str(ROOT / "tests/support"))
    import holdfast_testing as support
    binary = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release/bin").resolve()
    port = support.free_port()
    with support.Workspace() as workspace:
        workspace.daemon("api", CONFIG, program=binary / "holdfastd", environment={"TEST_PORT": str(port)}).start()

        def ask():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/openapi.json", timeout=5) as answer:
                return json.load(answer)
        PAGE.write_text(render(support.wait_for(ask, 15, "the agent")))


if __name__ == "__main__":
    main()
