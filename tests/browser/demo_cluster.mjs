// The demo's configuration as three nodes with ports and a folder of their own. Started and ended by pid; nothing of
// the demo that somebody may be running at its usual ports is touched.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const bin = process.env.HOLDFAST_BIN || path.join(root, "build/release/bin");
const programs = ["shop:prepare", "shop:store", "shop:web", "shop:worker_00", "shop:worker_01", "shop:worker_02"];

/// The first true value that `condition` gives; an error that names `what` after the deadline.
export async function until(condition, what, timeoutMs = 60000) {
  const deadline = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      last = await condition();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}; last: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const bindable = (host, port) => new Promise((resolve) => {
  const probe = net.createServer();
  probe.once("error", () => resolve(false));
  probe.listen(port, host, () => probe.close(() => resolve(true)));
});

/// A port below the ephemeral range that is free on all the hosts.
async function freePort(hosts) {
  for (let tries = 0; tries < 200; tries += 1) {
    const port = 20000 + Math.floor(Math.random() * 12000);
    const free = await Promise.all(hosts.map((host) => bindable(host, port)));
    if (free.every(Boolean)) return port;
  }
  throw new Error("no free port found");
}

const familyOf = (pid) => {
  let children = "";
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  } catch { /* gone meanwhile */ }
  return [pid, ...children.split(" ").filter(Boolean).flatMap((child) => familyOf(Number(child)))];
};

const escaped = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);

class Node {
  constructor(cluster, number) {
    this.cluster = cluster;
    this.name = `n${number}`;
    this.host = `127.0.0.${number}`;
    this.folder = path.join(cluster.folder, this.name);
    this.process = null;
    mkdirSync(this.folder, { recursive: true });
  }

  get url() { return `http://${this.host}:${this.cluster.port}/`; }

  start() {
    const errors = openSync(path.join(this.folder, "stderr.log"), "a");
    this.process = spawn(path.join(bin, "holdfastd"), ["-n", "-s", "-c", path.join(root, "conf/demo/holdfast.conf")], {
      detached: true,
      stdio: ["ignore", errors, errors],
      env: { ...process.env, ...this.cluster.environment, DEMO_NODE: this.name, DEMO_HOST: this.host },
    });
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    const family = familyOf(this.process.pid);
    this.process.kill("SIGTERM");
    const alarm = setTimeout(() => {
      for (const pid of family) {
        try { process.kill(pid, "SIGKILL"); } catch { /* gone */ }
      }
    }, 15000);
    await this.ended;
    clearTimeout(alarm);
  }

  /// One XML-RPC call with arguments of type string; the answer's text, or an error with the fault's.
  async call(method, ...words) {
    const values = words.map((word) => `<param><value><string>${escaped(word)}</string></value></param>`).join("");
    const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${values}</params></methodCall>`;
    const answer = await fetch(new URL("RPC2", this.url), { method: "POST", headers: { "Content-Type": "text/xml" }, body });
    const text = await answer.text();
    if (!answer.ok || text.includes("<fault>")) throw new Error(`${method}: ${answer.status} ${text}`);
    return text;
  }

  tellLog() {
    for (const file of ["stderr.log", "agent.log"]) {
      try {
        console.error(`---- ${this.name}/${file}\n${readFileSync(path.join(this.folder, file), "utf8").slice(-3000)}`);
      } catch { /* none */ }
    }
  }
}

export class DemoCluster {
  static async start() {
    const cluster = new DemoCluster();
    cluster.folder = mkdtempSync(path.join(os.tmpdir(), "hf-browser-"));
    cluster.port = await freePort(["127.0.0.1", "127.0.0.2", "127.0.0.3"]);
    const shop = "127.0.0.10";
    cluster.environment = {
      DEMO_DIR: cluster.folder,
      DEMO_PORT: String(cluster.port),
      DEMO_STORE_HOST: shop,
      DEMO_STORE_PORT: String(await freePort([shop])),
      DEMO_WEB_HOST: shop,
      DEMO_WEB_PORT: String(await freePort([shop])),
    };
    const made = spawnSync(path.join(bin, "holdfastctl"), ["keys", "new", path.join(cluster.folder, "cluster.key")]);
    if (made.status !== 0) throw new Error(`keys new: ${made.stderr}`);
    cluster.nodes = [1, 2, 3].map((number) => new Node(cluster, number));
    for (const node of cluster.nodes) node.start();
    try {
      await cluster.untilShopRuns();
    } catch (error) {
      for (const node of cluster.nodes) node.tellLog();
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /// {application, process, state, nodes} of every program, as a node's page lists them.
  async rows(node = this.nodes[0]) {
    const text = await (await fetch(node.url)).text();
    return [...text.matchAll(/<tr [^>]*data-table="processes"[^>]*>/g)].map(([tag]) => {
      const of = (name) => new RegExp(`data-${name}="([^"]*)"`).exec(tag)[1];
      return { name: of("key"), state: of("state"), nodes: of("nodes").split(" ").filter(Boolean) };
    });
  }

  untilShopRuns(node = this.nodes[0]) {
    return until(async () => {
      const rows = await this.rows(node);
      return rows.length === programs.length &&
        rows.every(({ name, state }) => state === (name === "shop:prepare" ? "EXITED" : "RUNNING"));
    }, "the shop to run");
  }

  async nodeOf(program) {
    const row = await until(async () =>
      (await this.rows()).find(({ name, state }) => name === program && state === "RUNNING"), `${program} to run`);
    return this.nodes.find(({ name }) => name === row.nodes[0]);
  }

  async stop() {
    await Promise.all(this.nodes.map((node) => node.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
