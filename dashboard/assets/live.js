// live.js: what the pages can do beyond plain HTML: follow the event stream, tick ages, filter while typing, follow a
// log. Every page is complete without it. It talks to its own server only, by addresses relative to the page.
(() => {
  "use strict";
  const body = document.body;
  const byId = (id) => document.getElementById(id);
  const skew = Number(body.dataset.now || 0) - Date.now() / 1000;  // server's clock minus ours, in seconds

  const filter = byId("filter");
  const whole = filter && filter.dataset.pages === "1";  // all rows are here, or the server has to choose them
  const served = filter ? filter.value : "";

  // ---- ages ------------------------------------------------------------------------------------------------------
  const two = (n) => String(n).padStart(2, "0");
  const ageText = (s) => {
    s = Math.max(0, Math.floor(s));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} m ${two(s % 60)} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} m`;
    return `${Math.floor(s / 86400)} d ${two(Math.floor(s / 3600) % 24)} h`;
  };
  const tick = () => {
    if (document.hidden) return;
    const now = Date.now() / 1000 + skew;
    for (const element of document.querySelectorAll("time[data-since]")) {
      const text = ageText(now - Number(element.dataset.since));
      if (element.textContent !== text) element.textContent = text;
    }
  };
  setInterval(tick, 1000);

  // ---- patches ---------------------------------------------------------------------------------------------------
  // Only what differs is touched, cell by cell, so that focus, selection and scroll stay where they are.
  const copyAttributes = (from, to) => {
    for (const { name } of [...to.attributes]) if (!from.hasAttribute(name)) to.removeAttribute(name);
    for (const { name, value } of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
  };
  const focusKept = (holder, change) => {
    const focused = document.activeElement;
    const inside = focused && focused !== body && holder.contains(focused);
    const label = inside && (focused.getAttribute("value") || focused.getAttribute("href"));
    change();
    if (!inside || holder.contains(document.activeElement)) return;
    const candidates = [...holder.querySelectorAll("button, a")];
    const same = candidates.find((e) => e.getAttribute("value") === label || e.getAttribute("href") === label);
    const next = same || candidates[0];
    if (next) next.focus({ preventScroll: true });
  };
  // Ages tick by themselves: their text is no difference.
  const bare = (element) => element.innerHTML.replace(/(<time[^>]*>)[^<]*(<\/time>)/g, "$1$2");
  const merge = (fresh, old) => {
    copyAttributes(fresh, old);
    const sameShape = fresh.children.length === old.children.length && fresh.children.length > 0 &&
      [...fresh.children].every((child, i) => child.tagName === old.children[i].tagName) &&
      ["TR", "LI"].includes(old.tagName);
    if (!sameShape) {
      if (bare(fresh) !== bare(old)) focusKept(old, () => old.replaceChildren(...fresh.childNodes));
      return;
    }
    [...fresh.children].forEach((child, i) => {
      const cell = old.children[i];
      copyAttributes(child, cell);
      if (bare(child) === bare(cell)) return;
      focusKept(cell, () => cell.replaceChildren(...child.childNodes));
      cell.classList.add("changed");
      setTimeout(() => cell.classList.remove("changed"), 1500);
    });
  };
  const limit = { events: 50, why: 50 };
  const insert = (fresh) => {
    // One stream serves every page: a list takes in only what it is about.
    const events = fresh.dataset.table === "events";
    const table = events && "cause" in fresh.dataset && byId("why") || byId(fresh.dataset.table || "");
    if (!table) return;
    const of = table.dataset.of;
    const about = fresh.dataset.about || "";
    if (of && about !== of && !about.startsWith(`${of}:`)) return;
    if (table.id === "processes" && filter && (!whole || served)) return;
    if (events) {
      if ("causes" in table.dataset && !("cause" in fresh.dataset)) return;
      table.prepend(fresh);
      while (table.children.length > (limit[table.id] || 200)) table.lastElementChild.remove();
      const none = table.nextElementSibling;
      if (none && none.matches("p.quiet")) none.remove();
      return;
    }
    if (table.closest(".lone")) return;
    const key = fresh.dataset.key || "";
    const after = [...table.children].find((row) => (row.dataset.key || "") > key);
    table.insertBefore(fresh, after || null);
  };
  const patch = (markup) => {
    const holder = document.createElement("template");
    holder.innerHTML = markup;
    for (const fresh of [...holder.content.children]) {
      const old = fresh.id && byId(fresh.id);
      if (old) merge(fresh, old); else insert(fresh);
    }
    applyFilter();
  };

  // ---- the stream ------------------------------------------------------------------------------------------------
  const live = byId("live");
  const say = (state, text) => {
    body.dataset.live = state;
    if (!live) return;
    live.className = `live ${state}`;
    if (live.textContent !== text) live.textContent = text;
  };
  const connect = () => {
    const address = new URL(body.dataset.events, document.baseURI);
    if (body.dataset.last) address.searchParams.set("last", body.dataset.last);
    const stream = new EventSource(address);
    let lost = false;
    stream.onopen = () => {
      // What was missed while away may be more than the stream still holds.
      if (lost && !body.dataset.last) { location.reload(); return; }
      lost = false;
      say("on", "live");
    };
    stream.onerror = () => {
      if (!lost) say("stale", `not live since ${new Date().toTimeString().slice(0, 8)}`);
      lost = true;
      if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
    };
    const on = (name, act) => stream.addEventListener(name, (event) => {
      if (event.lastEventId) body.dataset.last = event.lastEventId;
      act(event.data);
    });
    on("patch", patch);
    on("remove", (id) => { const element = byId(id); if (element) element.remove(); applyFilter(); });
    const reload = () => {
      const typing = document.activeElement && document.activeElement.matches("input, textarea");
      if (typing) say("stale", "changed a lot: reload when ready"); else location.reload();
    };
    on("reload", reload);
    on("reset", reload);
    addEventListener("pagehide", () => stream.close());
  };
  if (body.dataset.events && "EventSource" in window) connect();

  // ---- filter while typing ---------------------------------------------------------------------------------------
  const contains = (value, pattern) => {
    let from = 0;
    for (const piece of pattern.split("*")) {
      const found = value.indexOf(piece, from);
      if (found < 0) return false;
      from = found + piece.length;
    }
    return true;
  };
  const matches = (row, word) => {
    const at = word.indexOf(":");
    const value = word.slice(at + 1);
    switch (at < 0 ? "" : word.slice(0, at)) {
      case "state": return contains(row.dataset.state.toLowerCase(), value);
      case "app": return contains(row.dataset.app.toLowerCase(), value);
      case "node": return row.dataset.nodes.toLowerCase().split(" ").some((node) => contains(node, value));
      default: return contains(row.dataset.key.toLowerCase(), word);
    }
  };
  function applyFilter() {
    if (!whole || (served && filter.value === served)) return;
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    const rows = [...byId("processes").children];
    for (const row of rows) {
      row.hidden = !words.every((word) => matches(row, word));
      if (!row.hidden) shown += 1;
    }
    byId("shown").textContent = `${shown} of ${rows.length}`;
  }
  if (whole && !served) {
    filter.addEventListener("input", () => {
      applyFilter();
      const address = new URL(location.href);
      if (filter.value) address.searchParams.set("filter", filter.value); else address.searchParams.delete("filter");
      history.replaceState(null, "", address);
      const back = document.querySelector("#act input[name=back]");
      if (back) back.value = filter.value ? `./?filter=${encodeURIComponent(filter.value)}` : "./";
    });
  }
  addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing && filter) { event.preventDefault(); filter.focus(); filter.select(); }
    if (event.key === "Escape" && event.target === filter) filter.blur();
  });

  // ---- what takes many programs along asks once more ---------------------------------------------------------------
  addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("button[data-confirm]");
    if (!button || button.classList.contains("armed")) return;
    event.preventDefault();
    const label = button.textContent;
    button.classList.add("armed");
    button.textContent = button.dataset.confirm;
    const disarm = () => { button.classList.remove("armed"); button.textContent = label; };
    setTimeout(() => { if (button.isConnected) disarm(); }, 5000);
  });

  // ---- the log follows -------------------------------------------------------------------------------------------
  const log = byId("log");
  const mostKept = 512 * 1024;
  const follow = async () => {
    const decoder = new TextDecoder();
    const answer = await fetch(new URL(log.dataset.follow, document.baseURI), { credentials: "same-origin" });
    if (!answer.ok || !answer.body) return;
    const reader = answer.body.getReader();
    let first = true;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      let text = decoder.decode(value, { stream: true });
      if (first) {  // the stream begins a little before the end, the page has that already
        const have = log.textContent;
        let overlap = Math.min(text.length, have.length);
        while (overlap > 0 && !have.endsWith(text.slice(0, overlap))) overlap -= 1;
        text = text.slice(overlap);
        first = false;
      }
      if (!text) continue;
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
      log.append(text);
      if (log.childNodes.length > 64) log.normalize();
      if (log.textContent.length > mostKept) log.textContent = log.textContent.slice(-mostKept / 2);
      if (atEnd) log.scrollTop = log.scrollHeight;
    }
  };
  if (log) {
    log.scrollTop = log.scrollHeight;
    if (log.dataset.follow) follow().catch(() => {});
  }
})();
