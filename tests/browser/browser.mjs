// Debian's Chromium through playwright-core, and pages that remember everything a person would find in the console:
// errors, violations of the content policy, requests to other hosts.
import { chromium } from "playwright-core";

const switches = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export const startBrowser = () =>
  chromium.launch({ executablePath: process.env.HOLDFAST_CHROMIUM || "/usr/bin/chromium", args: switches });

/// A page in a context of its own. `complaints` holds what went wrong, in words; close() ends both.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60000);
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error}`));
  page.on("requestfinished", (request) => page.hosts.add(new URL(request.url()).host));
  page.hosts = new Set();
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return { page, complaints, close: () => context.close() };
}
