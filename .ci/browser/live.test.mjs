// Pages that change while one looks at them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { due, enqueue } from "./arrivals.mjs";
import * as look from "./look.mjs";
import { proxy } from "./proxy.mjs";

describe("A page that is open", { concurrency: 4 }, () => {
  test("shows a job that has come, without being loaded again", async (t) => {
    const { tab, problems } = await look.open(t);
    await look.load(tab, look.addressOf("live", { path: "" }));
    await tab.evaluate(() => { window.isSame = true; });
    const before = Number(await due(tab));
    await enqueue();
    await look.eventually("the figure of what is due grows", async () => Number(await due(tab)) > before);
    assert.equal(await tab.evaluate(() => window.isSame), true);

    await look.load(tab, look.addressOf("live", { path: "jobs" }));
    await tab.evaluate(() => { window.isSame = true; });
    const type = await enqueue();
    await look.eventually("the job is in the list", async () => await tab.locator("main tbody").getByText(type).count() > 0);
    assert.equal(await tab.evaluate(() => window.isSame), true);
    assert.deepEqual(problems, []);
  });

  test("leaves a field alone while somebody writes into it, and goes on afterwards", async (t) => {
    const { tab } = await look.open(t);
    await look.load(tab, look.addressOf("live", { path: "" }));
    // In one step: a part that comes new between the two, as soon as a job comes, takes the field with it.
    await tab.evaluate(() => {
      document.getElementById("figures").insertAdjacentHTML("beforeend", '<input id="mine" aria-label="mine">');
      document.getElementById("mine").focus();
    });
    await tab.keyboard.type("half a wo");
    const before = await due(tab);
    await enqueue();
    await look.wait(5);
    assert.equal(await tab.locator("#mine").inputValue(), "half a wo");
    assert.equal(await tab.evaluate(() => document.activeElement.id), "mine");
    await tab.locator("#mine").blur();
    await look.eventually("the part is new", async () => await tab.locator("#mine").count() === 0 && await due(tab) !== before);
  });

  test("keeps where somebody has scrolled to in a part of it", async (t) => {
    const { tab, problems } = await look.open(t);
    for (let i = 0; i < 5; i++) { await enqueue(); }
    await look.load(tab, look.addressOf("live", { path: "jobs" }));
    await tab.evaluate(() => {
      const low = new CSSStyleSheet();
      low.replaceSync("main .scroll { max-height: 80px; overflow: auto; }");
      document.adoptedStyleSheets = [low];
      document.querySelector("main .scroll").scrollTop = 40;
    });
    const type = await enqueue();
    await look.eventually("the job is in the list", async () => await tab.locator("main tbody").getByText(type).count() > 0);
    assert.equal(await tab.evaluate(() => document.querySelector("main .scroll").scrollTop), 40);
    assert.deepEqual(problems, []);
  });

  test("asks with the tag of what it has, gets 304 while nothing changes, and says that it is up to date", async (t) => {
    const { url, seen } = await proxy(t, look.stores.empty.url);
    const { tab, problems } = await look.open(t);
    await look.load(tab, url + "?lang=en");
    const first = await tab.locator("#asof").textContent();
    await look.eventually("three answers that nothing has changed", () => seen.filter((each) => each.status === 304 && each.isAsked).length >= 3);
    assert.notEqual(await tab.locator("#asof").textContent(), first);
    assert.match(await tab.locator("#asof").textContent(), /^As of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    assert.deepEqual(problems, []);
  });

  test("stops asking while its tab is hidden, and asks at once when it is seen again", async (t) => {
    const { url, seen } = await proxy(t, look.stores.empty.url);
    const { tab } = await look.open(t);
    await look.load(tab, url);
    const hide = (hidden) => tab.evaluate((now) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => now });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
    await look.eventually("an open page asks", () => seen.filter((each) => each.url === "/").length >= 3);
    await hide(true);
    await look.eventually("what it had asked for has come", async () => {
      const before = seen.length;
      await look.wait(2.5);
      return seen.length === before;
    });
    const before = seen.length;
    await look.wait(5);
    assert.equal(seen.length, before, "a hidden page does not ask");
    // It does not wait for its clock, which never strikes again.
    await tab.evaluate(() => { for (let id = setInterval(() => {}, 1e9); id > 0; id--) { clearInterval(id); } });
    await hide(false);
    await look.eventually("it asks", () => seen.length > before);
  });

  test("says that it is old when the server has gone, and that it is new when the server is back", async (t) => {
    const { url, stop, start } = await proxy(t, look.stores.empty.url);
    const { tab } = await look.open(t, { scheme: "dark" });
    await look.load(tab, url + "?lang=en");
    const asof = () => tab.locator("#asof").textContent();
    await look.wait(2.5);
    await look.eventually("it is new at first", async () => /^As of/.test(await asof()));
    await stop();
    await look.eventually("it says so", async () => /^Not updated for \d+ s/.test(await asof()));
    assert.ok(await tab.evaluate(() => document.body.classList.contains("is-old")));
    assert.deepEqual(await look.accessibility(tab), []);
    await look.screenshot(tab, "overview-not-updated");
    await start();
    await look.eventually("it is new", async () => /^As of/.test(await asof()));
    assert.ok(!await tab.evaluate(() => document.body.classList.contains("is-old")));
  });
});
