// The dashboard of the demo in a real browser: what it lists, what its buttons do, what another node's change does to an
// open page; the same with JavaScript off; and what it must refuse. HOLDFAST_PICTURES=FOLDER also takes the pictures.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";

import { openPage, startBrowser } from "./browser.mjs";
import { DemoCluster, until } from "./demo_cluster.mjs";

let cluster;
let browser;

before(async () => {
  browser = await startBrowser();
  cluster = await DemoCluster.start();
});

after(async () => {
  await browser?.close();
  await cluster?.stop();
});

const row = (page, program) => page.locator(`#processes tr[data-key="${program}"]`);
const button = (place, name) => place.getByRole("button", { name, exact: true });
const shopRow = (page) => page.locator('#applications tr[data-key="shop"]');

async function sees(locator, text, what) {
  await until(async () => (await locator.innerText()).includes(text), `${what} to say '${text}'`);
}

/// What both kinds of visitors must find on the overview, once this node has heard that all is well.
async function checkOverview(page) {
  await until(async () => {
    await page.goto(cluster.nodes[0].url);
    return /All is well/.test(await page.locator("#health").innerText()) && /RUNNING/.test(await shopRow(page).innerText());
  }, "the overview to say that all is well");
  assert.match(await page.title(), /Overview · demo · Holdfast/);
  assert.deepEqual(await page.locator("#nodes .card strong").allInnerTexts(), ["n1", "n2", "n3"]);
  for (const card of await page.locator("#nodes .card").all()) assert.match(await card.innerText(), /RUNNING/);
  assert.equal(await page.locator("#nodes .master-chip").count(), 1);
  assert.match(await shopRow(page).innerText(), /RUNNING/);
  assert.equal(await page.locator("#processes tr").count(), 6);
  assert.match(await row(page, "shop:store").innerText(), /RUNNING/);
}

/// Stop and start of the application, by whatever presses its button.
async function stopAndStart(page, press) {
  await page.goto(cluster.nodes[1].url);
  await press("Stop application shop");
  assert.match(await page.locator(".notice").innerText(), /stop.*shop/i);
  await until(async () => (await cluster.rows(cluster.nodes[2])).every(({ state }) => ["STOPPED", "EXITED"].includes(state)),
    "the shop to be stopped, seen from n3");
  await page.goto(cluster.nodes[1].url);
  await sees(shopRow(page), "STOPPED", "the application's row");
  await press("Start application shop");
  assert.match(await page.locator(".notice").innerText(), /start.*shop/i);
  await cluster.untilShopRuns(cluster.nodes[2]);
}

async function checkProcessPage(page) {
  const node = await cluster.nodeOf("shop:worker_00");
  await page.goto(new URL("process?name=shop:worker_00", node.url).href);
  assert.match(await page.locator("h1").innerText(), /worker_00/);
  await sees(page.locator("#log"), "connected to the store", "the log");
  assert.equal(await page.locator("#copies tr").count(), 3);
  return node;
}

test("pictures for the README and for people who polish", { skip: !process.env.HOLDFAST_PICTURES }, async () => {
  const folder = process.env.HOLDFAST_PICTURES;
  const first = await openPage(browser);
  await first.page.goto(cluster.nodes[0].url);
  const master = await first.page.locator("#nodes .card", { has: first.page.locator(".master-chip") }).locator("strong").innerText();
  await first.close();
  const leader = cluster.nodes.find(({ name }) => name === master);  // its history has the decisions
  const worker = await cluster.nodeOf("shop:worker_00");
  const shots = [
    ["overview", "", { viewport: { width: 1280, height: 720 } }, false], ["overview-whole", "", {}], ["application", "application?name=shop", {}], ["process", "process?name=shop:worker_00", {}],
    ["overview-dark", "", { colorScheme: "dark" }], ["process-dark", "process?name=shop:worker_00", { colorScheme: "dark" }],
    ["overview-phone", "", { viewport: { width: 390, height: 844 } }],
    ["application-phone", "application?name=shop", { viewport: { width: 390, height: 844 } }],
    ["process-phone", "process?name=shop:worker_00", { viewport: { width: 390, height: 844 } }],
  ];
  for (const [name, address, options, fullPage = true] of shots) {
    const { page, close } = await openPage(browser, options);
    await page.goto(new URL(address, (address.startsWith("process") ? worker : leader).url).href);
    await sees(page.locator("#live"), "live", "the mark of the stream");
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage });
    await close();
  }
});

test("the overview lists nodes, applications and programs", async () => {
  const { page, complaints, close } = await openPage(browser);
  await checkOverview(page);
  await sees(page.locator("#live"), "live", "the mark of the stream");
  assert.deepEqual([...page.hosts], [new URL(cluster.nodes[0].url).host], "nothing came from another host");
  assert.deepEqual(complaints, []);
  await close();
});

test("an application is stopped and started from the page", async () => {
  const { page, complaints, close } = await openPage(browser);
  await stopAndStart(page, async (name) => {
    const act = button(page, name);
    const asks = await act.getAttribute("data-confirm");
    await act.click();
    if (asks) {
      assert.equal(await act.innerText(), asks);
      await act.click();
    }
    await page.waitForURL(/flash=/);
  });
  assert.deepEqual(complaints, []);
  await close();
});

test("a change on another node is seen without a reload", async () => {
  const { page, complaints, close } = await openPage(browser);
  const elsewhere = await cluster.nodeOf("shop:worker_01");
  const here = cluster.nodes.find((node) => node !== elsewhere);
  await page.goto(here.url);
  await sees(page.locator("#live"), "live", "the mark of the stream");
  await page.evaluate(() => { window.untouched = true; });
  const line = row(page, "shop:worker_01");
  const before = await line.locator(".pid").innerText();
  await elsewhere.call("supervisor.stopProcess", "shop:worker_01");
  await sees(line.locator(".state"), "STOPPED", "the row of worker_01");
  assert.equal(await button(line, "Stop shop:worker_01").count(), 0);
  await elsewhere.call("supervisor.startProcess", "shop:worker_01");
  await sees(line.locator(".state"), "RUNNING", "the row of worker_01");
  assert.notEqual(await line.locator(".pid").innerText(), before);
  const told = page.locator("#events li", { hasText: "shop:worker_01" }).first();
  await until(async () => /RUNNING|start/.test(await told.innerText()) && /shop:worker_01/.test(await told.innerText()),
    "the list of events to tell of it");
  assert.equal(await page.evaluate(() => window.untouched), true, "the page was not loaded again");
  assert.deepEqual(complaints, []);
  await close();
});

test("an open page of an application and of a process take in what is theirs, and nothing else", async () => {
  const application = await openPage(browser);
  const process = await openPage(browser);
  await application.page.goto(new URL("application?name=shop", cluster.nodes[0].url).href);
  await process.page.goto(new URL("process?name=shop:worker_00", cluster.nodes[0].url).href);
  for (const { page } of [application, process]) await sees(page.locator("#live"), "live", "the mark of the stream");
  const step = application.page.locator(".step", { hasText: "worker_02" });
  const node = await cluster.nodeOf("shop:worker_02");
  await node.call("supervisor.stopProcess", "shop:worker_02");
  await sees(step, "STOPPED", "the step of the start sequence");
  await sees(application.page.locator('#matrix tr[data-key="shop:worker_02"]'), "STOPPED", "the matrix");
  await node.call("supervisor.startProcess", "shop:worker_02");
  await until(async () => !(await step.innerText()).includes("STOPPED"), "the step to run again");
  assert.equal(await process.page.locator("#copies tr").count(), 3);
  assert.equal(await process.page.locator("#processes tr").count(), 1);
  assert.doesNotMatch(await process.page.locator("aside").innerText(), /worker_02/);
  assert.deepEqual([...application.complaints, ...process.complaints], []);
  await application.close();
  await process.close();
});

test("a process's page shows its log and follows it", async () => {
  const { page, complaints, close } = await openPage(browser);
  const node = await checkProcessPage(page);
  await sees(page.locator("#live"), "live", "the mark of the stream");
  const length = (await page.locator("#log").innerText()).length;
  await node.call("supervisor.stopProcess", "shop:worker_00");
  await node.call("supervisor.startProcess", "shop:worker_00");
  await until(async () => (await page.locator("#log").innerText()).length > length, "the log to grow by itself");
  assert.deepEqual(complaints, []);
  await close();
});

test("the filter narrows while typing", async () => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(cluster.nodes[0].url);
  await page.locator("#filter").fill("worker");
  await sees(page.locator("#shown"), "3 of 6", "the count of the filter");
  assert.equal(await page.locator("#processes tr:visible").count(), 3);
  await page.locator("#filter").fill("state:exited");
  await sees(page.locator("#shown"), "1 of 6", "the count of the filter");
  assert.equal(await row(page, "shop:prepare").isVisible(), true);
  assert.deepEqual(complaints, []);
  await close();
});

test("everything once more without JavaScript", async () => {
  const { page, complaints, close } = await openPage(browser, { javaScriptEnabled: false });
  await checkOverview(page);
  await stopAndStart(page, async (name) => {
    await button(page, name).click();
    await page.waitForURL(/flash=/);
  });

  const elsewhere = await cluster.nodeOf("shop:worker_02");
  const here = cluster.nodes.find((node) => node !== elsewhere);
  await elsewhere.call("supervisor.stopProcess", "shop:worker_02");
  await until(async () => {
    await page.goto(here.url);
    return /STOPPED/.test(await row(page, "shop:worker_02").innerText());
  }, "a fresh page to show what another node stopped");
  await button(row(page, "shop:worker_02"), "Start shop:worker_02").click();
  await page.waitForURL(/flash=/);
  assert.match(await page.locator(".notice").innerText(), /worker_02/);
  await cluster.untilShopRuns();

  await checkProcessPage(page);
  await page.goto(cluster.nodes[0].url);
  await page.locator("#filter").fill("worker");
  await button(page, "Filter").click();
  await page.waitForURL(/filter=worker/);
  assert.equal(await page.locator("#processes tr").count(), 3);
  assert.deepEqual(complaints, []);
  await close();
});

test("a form without its token, or from another site, does nothing", async () => {
  const url = cluster.nodes[0].url;
  const page = await (await fetch(url)).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)[1];
  const order = /name="do" value="([^"]*stop[^"]*application[^"]*)"/.exec(page)[1];
  const send = (fields, headers = {}) => fetch(new URL("action", url), {
    method: "POST", redirect: "manual", body: new URLSearchParams(fields), headers,
  });
  assert.equal((await send({ do: order })).status, 403);
  assert.equal((await send({ do: order, csrf: "0".repeat(csrf.length) })).status, 403);
  assert.equal((await send({ do: order, csrf }, { Origin: "http://example.org" })).status, 403);
  assert.equal((await fetch(new URL("?action=stopall", url))).status, 200, "an old link asks first");
  await cluster.untilShopRuns();
  const policy = (await fetch(url)).headers.get("content-security-policy");
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
});

test("the policy forbids a script within the page, and the tests would notice one", async () => {
  const { page, complaints, close } = await openPage(browser);
  await page.goto(cluster.nodes[0].url);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.smuggled = true";
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.smuggled), undefined);
  await until(() => complaints.some((line) => line.startsWith("console: policy: script-src")), "the violation to be told");
  await close();
});
