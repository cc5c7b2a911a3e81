// What the pages make of other stores, of what is not there, and of the other language.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as look from "./look.mjs";

describe("An address is sound as well:", () => {
  for (const store of ["empty", "ten", "busy", "hostile"]) {
    test(`every other address of the store "${store}"`, async (t) => {
      // One tab for each half of the addresses: to open one takes as long as to load a page.
      const tabs = [await look.open(t, { width: 1024, scheme: "dark" }), await look.open(t, { width: 390, scheme: "light" })];
      for (const [i, address] of look.stores[store].addresses.filter((each) => !look.samples.includes(each)).entries()) {
        const { tab, problems } = tabs[i % 2];
        await look.load(tab, look.addressOf(store, address));
        await look.sound(tab, problems, `${store}: ${address.path}, ${i % 2 ? "light 390" : "dark 1024"}`);
        await look.screenshot(tab, `${store}-${address.name}`);
        await tab.goto("about:blank");
      }
    });
  }

  for (const path of ["nothing", "job", "job?id=1", "family?id=00000000-0000-0000-0000-000000000000"]) {
    test(`what is not there: ${path}`, async (t) => {
      const { tab, problems } = await look.open(t, { width: 390, scheme: "dark" });
      const answer = await tab.goto(look.addressOf("busy", { path }));
      assert.ok(answer.status() < 500, `status ${answer.status()}`);
      await look.sound(tab, problems.filter((each) => !/ 40[04] /.test(each)), path);
      assert.ok(await tab.locator("nav a").count() > 0, "there is no way out");
    });
  }
});

describe("The language", () => {
  for (const sample of look.samples) {
    test(`is Chinese where that is asked for: ${sample.name}`, async (t) => {
      const { tab, problems } = await look.open(t);
      await look.load(tab, look.addressOf("busy", sample, "zh"));
      assert.equal(await tab.evaluate(() => document.documentElement.lang), "zh");
      assert.deepEqual(await look.untranslated(tab), []);
      assert.deepEqual(await look.notChinese(tab), []);
      assert.deepEqual(await look.accessibility(tab), []);
      assert.deepEqual(problems, []);
      await look.screenshot(tab, `${sample.name}-zh`);
      const links = await tab.evaluate(() => [...document.querySelectorAll("nav a, main a[href]")]
        .map((each) => each.getAttribute("href")).filter((href) => !href.startsWith("#") && !/[?&]lang=zh\b/.test(href)));
      assert.deepEqual(links, [], "links that lose the language");

      await look.load(tab, look.addressOf("busy", sample));
      assert.equal(await tab.evaluate(() => document.documentElement.lang), "en");
      assert.notDeepEqual(await look.notChinese(tab), [], "the check of Chinese finds English");
    });
  }

  test("is that of the browser unless the address names one, and a link changes it on every page", async (t) => {
    const { tab } = await look.open(t, { locale: "zh-CN" });
    for (const sample of look.samples) {
      await look.load(tab, look.stores.busy.url + sample.path);
      assert.equal(await tab.evaluate(() => document.documentElement.lang), "zh");
      const word = await tab.locator("nav a").first().textContent();
      await Promise.all([tab.waitForEvent("load"), tab.locator("footer a[hreflang=en]").click()]);
      assert.equal(await tab.evaluate(() => document.documentElement.lang), "en");
      assert.ok(tab.url().startsWith(look.stores.busy.url + sample.path), `${tab.url()} is not the page that one was on`);
      assert.notEqual(await tab.locator("nav a").first().textContent(), word);
    }
  });
});

