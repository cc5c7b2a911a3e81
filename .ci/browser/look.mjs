// What the tests have in common: a browser, what goes wrong in it, and what is checked of every page.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/** How long a test waits for what comes at once on a machine that has nothing else to do. */
export const SOON = 90;

/** Where the stores are served, and which addresses they have: the line of the Java main that serves them. */
export const fixture = JSON.parse(process.env.DASHBOARD_FIXTURE);
export const { stores, pages } = fixture;
/** The first address of each page: the pages of a store that has something of everything. */
export const samples = pages.map((page) => stores.busy.addresses.find((each) => each.page === page));
export const widths = [1440, 1024, 390];
export const schemes = ["light", "dark"];

const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const screenshots = new URL("../../core/dashboard/target/screenshots/", import.meta.url);
mkdirSync(screenshots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
after(() => browser.close());

/** A tab in a profile of its own. All that goes wrong in it is added to "problems". */
export const open = async (t, { width = 1440, scheme = "light", ...more } = {}) => {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    locale: "en-GB",
    ...more,
  });
  t.after(() => context.close());
  context.setDefaultTimeout(SOON * 1000);
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI}`));
  });
  const tab = await context.newPage();
  const problems = [];
  tab.on("console", (message) => { if (message.type() === "error") { problems.push(`console: ${message.text()}`); } });
  tab.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  tab.on("dialog", (dialog) => { problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  tab.on("requestfailed", (request) => {
    // A page that is left takes its requests with it.
    if (request.failure().errorText !== "net::ERR_ABORTED") { problems.push(`request: ${request.url()} ${request.failure().errorText}`); }
  });
  tab.on("response", (answer) => { if (answer.status() >= 400) { problems.push(`answer: ${answer.status()} of ${answer.url()}`); } });
  return { context, tab, problems };
};

export const addressOf = (store, { path }, language = "en") =>
  stores[store].url + path + (path.includes("?") ? "&" : "?") + "lang=" + language;

/** What axe finds, and what it cannot tell of contrast. */
export const accessibility = async (tab) => {
  await tab.evaluate(axe);
  return tab.evaluate(async () => {
    const found = await window.axe.run(document, {
      runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] },
      resultTypes: ["violations"],
      preload: false,
    });
    return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`));
  });
};

/** By how many pixels the page is wider than the window. */
export const overflow = (tab) => tab.evaluate(() => Math.max(0, document.scrollingElement.scrollWidth - window.innerWidth));

/** Keys of words, and values that were not filled in, where there should be words. Texts of the store are left out. */
export const untranslated = (tab) => tab.evaluate(() => {
  const texts = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest("bdi, pre, code, script, style, title, svg text")) { texts.push(walker.currentNode.data); }
  }
  for (const each of document.querySelectorAll("[aria-label], [placeholder], [alt]")) {
    texts.push(each.getAttribute("aria-label") || "", each.getAttribute("placeholder") || "", each.getAttribute("alt") || "");
  }
  return texts.flatMap((text) => text.match(/(?<![\w./-])[a-z]+\.[a-z][\w.]*(?![\w/-])|\{\d[^}]*\}/g) || []);
});

/** What the frame and the cards say and has no Chinese character, texts of the store left out. */
export const notChinese = (tab) => tab.evaluate(() =>
  [...document.querySelectorAll("h1, h2, h3, th, label, button, summary, nav a, .figure span, .skip, .pill, option")]
    .filter((each) => each.checkVisibility() || each.matches("option, .skip"))
    .map((each) => {
      const copy = each.cloneNode(true);
      copy.querySelectorAll("bdi, .id, code, input, select").forEach((inner) => inner.remove());
      return copy.textContent.trim();
    })
    .filter((text) => /[a-z]{3}/i.test(text) && !/\p{Script=Han}/u.test(text)));

/** The whole page, in a window that is high enough: bars that stay in sight are where they belong. */
export const screenshot = async (tab, name) => {
  const { width, height } = tab.viewportSize();
  const whole = await tab.evaluate(() => document.scrollingElement.scrollHeight);
  await tab.setViewportSize({ width, height: Math.min(Math.max(height, whole), 6000) });
  const session = await tab.context().newCDPSession(tab);
  // Half of the time of a screenshot is that of making it small.
  const { data } = await session.send("Page.captureScreenshot", { format: "png", optimizeForSpeed: true });
  await session.detach();
  writeFileSync(new URL(name + ".png", screenshots), Buffer.from(data, "base64"));
  await tab.setViewportSize({ width, height });
};

/** Whether a page suits those who see it, hear it, read it and hold it in one hand. */
export const sound = async (tab, problems, at) => {
  assert.deepEqual(await accessibility(tab), [], `axe, ${at}`);
  assert.deepEqual(await untranslated(tab), [], `keys instead of words, ${at}`);
  if (tab.viewportSize().width === 390) {
    assert.equal(await overflow(tab), 0, `the page scrolls sideways, ${at}`);
  }
  assert.deepEqual(problems, [], at);
};

/** Loads a page; it must be there. */
export const load = async (tab, url) => {
  const answer = await tab.goto(url, { waitUntil: "load" });
  assert.equal(answer.status(), 200, url);
};

export const wait = (seconds) => new Promise((later) => setTimeout(later, seconds * 1000));

/** Waits until "probe" gives something true. */
export const eventually = async (what, probe) => {
  const end = Date.now() + SOON * 1000;
  for (;;) {
    if (await probe()) { return; }
    assert.ok(Date.now() < end, `not within ${SOON} s: ${what}`);
    await wait(0.1);
  }
};
