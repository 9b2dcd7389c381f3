"""The web page of the demo: what the store holds, who works, and where. Standard library only."""
import html
import http.server
import os
import sys

from store import Store

HOST, PORT, STORE_HOST, STORE_PORT = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
NODE = os.environ.get("DEMO_NODE", "?")


def content() -> str:
    try:
        store = Store(STORE_HOST, STORE_PORT)
    except OSError as why:
        return f"<p>The store is away: {html.escape(str(why))}</p>"
    try:
        total = store.call("GET", "jobs") or "0"
        counts = store.call("HGETALL", "jobs-by-worker") or []
        nodes = store.call("HGETALL", "worker-node") or []
    finally:
        store.close()
    where = dict(zip(nodes[::2], nodes[1::2]))
    rows = "".join(f"<tr><td>{html.escape(w)}</td><td>{html.escape(where.get(w, '?'))}</td><td>{html.escape(n)}</td></tr>"
                   for w, n in sorted(zip(counts[::2], counts[1::2])))
    return (f"<p id='total'>{html.escape(total)} jobs done</p>"
            f"<table><tr><th>worker</th><th>node</th><th>jobs</th></tr>{rows}</table>")


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (f"<!doctype html><meta charset='utf-8'><meta http-equiv='refresh' content='1'><title>shop</title>"
                f"<h1>shop, served from {html.escape(NODE)}</h1>{content()}").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True


print(f"web on {NODE}: http://{HOST}:{PORT}/", flush=True)
Server((HOST, PORT), Page).serve_forever()
