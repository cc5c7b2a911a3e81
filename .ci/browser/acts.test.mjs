// A person who changes something: through a proxy, with and without a script, and from a page of somebody else.
import assert from "node:assert/strict";
import http from "node:http";
import { describe, test } from "node:test";
import * as look from "./look.mjs";
import { proxy } from "./proxy.mjs";

/** Clicks, and waits for the page to which it leads. */
const follow = (tab, what) => Promise.all([tab.waitForEvent("load"), what.click()]);

/** Where a job stands, by its own page. */
const status = async (tab, url, id) => {
  await look.load(tab, `${url}job?id=${id}&lang=en`);
  return (await tab.locator("#job").getAttribute("class")).match(/s-(\w+)/)[1];
};

/** The ids of the jobs to which a page links in its content. */
const ids = (tab) => tab.evaluate(() => [...new Set([...document.querySelectorAll("main a.id")]
  .map((each) => new URL(each.href).searchParams.get("id")))]);

describe("A person who acts, behind a proxy under /a/b/", () => {
  for (const [user, more] of [["script", {}], ["plain", { javaScriptEnabled: false }]]) {
    const how = user === "plain" ? "without a script" : "with the script";
    // The HTML is the same in both, and axe is a script.
    const sound = async (tab, problems, at) => user === "plain" ? assert.deepEqual(problems, [], at) : look.sound(tab, problems, at);

    test(`retries a failed job with one click, ${how}`, async (t) => {
      const { url } = await proxy(t, look.stores.acts.url, "/a/b");
      const { tab, problems } = await look.open(t, more);
      await look.load(tab, `${url}jobs?status=failed&user=${user}&lang=en`);
      const [id, ...others] = await ids(tab);
      assert.deepEqual(others, []);
      assert.equal(await status(tab, url, id), "failed");
      await follow(tab, tab.locator("#job form[action*='do=retry'] button"));
      assert.ok(tab.url().startsWith(url + "act?"), tab.url());
      assert.match(await tab.locator("main").textContent(), /1 job is tried again/);
      assert.deepEqual(await ids(tab), [id]);
      await sound(tab, problems, "the report of a retry");
      assert.equal(await status(tab, url, id), "pending");
      assert.deepEqual(problems, []);
    });

    test(`cancels twelve jobs and has to write their number, ${how}`, async (t) => {
      const { url } = await proxy(t, look.stores.acts.url, "/a/b");
      const { tab, problems } = await look.open(t, more);
      await look.load(tab, `${url}jobs?type=mail&user=${user}&lang=en`);
      const all = await ids(tab);
      assert.equal(all.length, 12);
      await follow(tab, tab.locator("main a.button[href*='do=cancel']").first());
      assert.match(await tab.locator("main h2").first().textContent(), /Jobs that would be cancelled: 12/);
      await sound(tab, problems, "the question before a cancellation");
      const question = tab.url();

      await tab.locator("[name=confirm]").fill("11");
      await tab.locator("form.confirm button").click();
      await look.wait(0.3);
      assert.equal(tab.url(), question, "a wrong number is not sent");
      assert.equal(await tab.locator("form.confirm").count(), 1);
      await tab.locator("[name=confirm]").fill("12");
      await follow(tab, tab.locator("form.confirm button"));
      assert.ok(tab.url().startsWith(url + "acts?"), tab.url());
      assert.match(await tab.locator("main").textContent(), /12 of 12/);
      await sound(tab, problems, "the page of an act");
      for (const id of [all[0], all[11]]) { assert.equal(await status(tab, url, id), "cancelled"); }
      assert.deepEqual(problems, []);
    });
  }

  test("is refused if a page of somebody else sends the form, and the job stays as it is", async (t) => {
    const { url } = look.stores.acts;
    const { tab } = await look.open(t);
    await look.load(tab, `${url}jobs?status=failed&user=spared&lang=en`);
    const [id] = await ids(tab);
    const other = http.createServer((request, response) => {
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
      response.end(`<form method="post" action="${url}act?do=retry&amp;id=${id}&amp;lang=en"><button>A prize</button></form>`);
    });
    await new Promise((done) => other.listen(0, "127.0.0.1", done));
    t.after(() => { other.close(); other.closeAllConnections(); });
    await look.load(tab, `http://127.0.0.1:${other.address().port}/`);
    const [answer] = await Promise.all([
      tab.waitForResponse((each) => each.url().includes("do=retry") && each.request().method() === "POST"),
      tab.locator("button").click(),
    ]);
    assert.equal(answer.status(), 403);
    await tab.waitForLoadState();
    assert.match(await tab.locator("body").textContent(), /Sec-Fetch-Site is 'cross-site'/);
    assert.equal(await status(tab, url, id), "failed");
  });
});
