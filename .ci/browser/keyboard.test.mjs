// Without a mouse, and without a script.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as look from "./look.mjs";

const focused = (tab) => tab.evaluate(() => document.activeElement.id || document.activeElement.tagName);

/** What has the focus and does not show it, or stands outside of what is seen. */
const unseenFocus = (tab) => tab.evaluate(() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  const lines = () => [at, ...at.querySelectorAll("rect")].map((each) => getComputedStyle(each).strokeWidth).join();
  let hasRing = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  if (at.closest("svg")) {
    const withFocus = lines();
    at.blur();
    hasRing ||= lines() !== withFocus;
    at.focus({ preventScroll: true });
  }
  const isInside = box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  return hasRing && isInside ? null : at.outerHTML.slice(0, 120);
});

describe("By keyboard", () => {
  for (const sample of look.samples) {
    test(`Tab goes by the skip link to the content, and shows where it is: ${sample.name}`, async (t) => {
      for (const width of [1440, 390]) {
        const { tab } = await look.open(t, { width });
        await look.load(tab, look.addressOf("busy", sample));
        await tab.keyboard.press("Tab");
        assert.equal(await tab.evaluate(() => document.activeElement.className), "skip");
        assert.equal(await unseenFocus(tab), null);
        await tab.keyboard.press("Enter");
        assert.equal(await focused(tab), "main");
        await tab.keyboard.press("Tab");
        assert.ok(await tab.evaluate(() => document.activeElement.closest("main, footer") !== null), "the next stop is not in the content");

        await look.load(tab, look.addressOf("busy", sample));
        const stops = new Set();
        for (let i = 0; i < 60; i++) {
          await tab.keyboard.press("Tab");
          if (await focused(tab) === "BODY") { break; }
          assert.equal(await unseenFocus(tab), null, `the focus is not seen at stop ${i + 1}, ${width} px wide`);
          stops.add(await tab.evaluate(() => document.activeElement.closest("nav, header, main, footer")?.tagName));
        }
        for (const part of ["NAV", "HEADER"]) { assert.ok(stops.has(part), `Tab does not come to ${part}`); }
        await tab.close();
      }
    });
  }

  test("the check of the focus finds a link that does not show it", async (t) => {
    const { tab } = await look.open(t);
    await look.load(tab, look.stores.empty.url);
    await tab.keyboard.press("Tab");
    assert.equal(await unseenFocus(tab), null);
    await tab.evaluate(() => { document.activeElement.style.outline = "none"; });
    assert.match(await unseenFocus(tab), /class="skip"/);
  });

  test("letters go to pages", async (t) => {
    const { tab, problems } = await look.open(t);
    for (const path of ["", "jobs"]) {
      for (const [key, page] of Object.entries({ q: "queues", l: "limits", w: "workers", f: "failures", s: "schedules", o: "" })) {
        await look.load(tab, look.addressOf("ten", { path }));
        await Promise.all([tab.waitForEvent("load"), tab.keyboard.press(key)]);
        assert.equal(tab.url(), look.addressOf("ten", { path: page }));
      }
    }
    assert.deepEqual(problems, []);
  });

  test("/ goes to the field that finds jobs, where letters are letters, Enter searches, and Escape leaves it", async (t) => {
    const { tab } = await look.open(t);
    await look.load(tab, look.addressOf("ten", { path: "" }));
    await tab.keyboard.press("Control+q");
    await tab.keyboard.press("/");
    assert.equal(await focused(tab), "jump");
    await tab.keyboard.type("w/j?");
    assert.equal(await tab.locator("#jump").inputValue(), "w/j?");
    await tab.keyboard.press("Escape");
    assert.notEqual(await focused(tab), "jump");
    assert.equal(tab.url(), look.addressOf("ten", { path: "" }));
    await tab.keyboard.press("/");
    await tab.keyboard.press("Control+a");
    await tab.keyboard.type("mail");
    await tab.keyboard.press("Enter");
    await tab.waitForURL(/\/jobs\?/);
    assert.match(tab.url(), /mail/);
    assert.match(tab.url(), /lang=en/);
  });

  test("letters in a list to choose from, or in a long text, go to no page", async (t) => {
    const { tab, problems } = await look.open(t);
    const url = look.addressOf("busy", { path: "act?do=change&status=pending" });
    await look.load(tab, url);
    await tab.evaluate(() => document.querySelector("main form").insertAdjacentHTML("beforeend", '<textarea aria-label="mine"></textarea>'));
    for (const field of ["select", "textarea"]) {
      await tab.locator("main form " + field).focus();
      await tab.keyboard.type("qwf");
      await look.wait(0.3);
      assert.equal(tab.url(), url, field);
      await tab.keyboard.press("Escape");
      assert.equal(await focused(tab), "BODY", `Escape leaves the ${field}`);
    }
    assert.deepEqual(problems, []);
  });

  test("j and k go from row to row, and Enter opens it", async (t) => {
    const { tab, problems } = await look.open(t);
    let rows = 0;
    for (const sample of look.samples) {
      await look.load(tab, look.addressOf("busy", sample));
      const links = await tab.evaluate(() => [...document.querySelectorAll("main tbody tr:not(.line)")]
        .map((row) => row.querySelector("a")?.href).filter((href) => href !== undefined));
      const at = () => tab.evaluate(() => document.activeElement.closest("tr")?.querySelector("a").href);
      if (links.length < 2) { continue; }
      rows += links.length;
      await tab.keyboard.press("j");
      assert.equal(await at(), links[0]);
      assert.equal(await unseenFocus(tab), null);
      await tab.keyboard.press("j");
      assert.equal(await at(), links[1]);
      await tab.keyboard.press("k");
      await tab.keyboard.press("k");
      assert.equal(await at(), links[0], "k does not leave the first row");
      // The rows are replaced beneath; the focus stays.
      await look.wait(2.5);
      assert.equal(await at(), links[0], "the focus is lost when the rows are new");
      await tab.keyboard.press("Enter");
      await tab.waitForURL(links[0]);
    }
    assert.ok(rows > 3, `only ${rows} rows with links on all pages`);
    assert.deepEqual(problems, []);
  });

  test("? shows the keys", async (t) => {
    const { tab } = await look.open(t);
    await look.load(tab, look.addressOf("ten", { path: "" }));
    await tab.keyboard.press("?");
    assert.ok(await tab.locator("#keys p").isVisible());
    assert.ok(await tab.locator("#keys p").evaluate((each) => each.getBoundingClientRect().bottom <= innerHeight), "it is below what is seen");
    await tab.keyboard.press("?");
    assert.ok(!await tab.locator("#keys p").isVisible());
  });
});

describe("Without a script", () => {
  /** What stands there, whatever the numbers and times are. */
  const outline = (tab) => tab.evaluate(() =>
    [...document.querySelectorAll("main h1, main h2, main th, main tr, main a, main form, main input, main select, main button, main svg")]
      .map((each) => each.tagName + (each.matches("h1, h2, th, button") ? " " + each.textContent.replace(/\d/g, "") : "")));

  for (const sample of look.samples) {
    test(`the page shows the same: ${sample.name}`, async (t) => {
      const { tab } = await look.open(t);
      const { tab: plain, problems } = await look.open(t, { javaScriptEnabled: false });
      let both = [];
      // Between the two, a minute may have passed and something more may need somebody.
      for (let i = 0; i < 3 && (i === 0 || both[0].join() !== both[1].join()); i++) {
        await look.load(tab, look.addressOf("busy", sample));
        await look.load(plain, look.addressOf("busy", sample));
        both = [await outline(plain), await outline(tab)];
      }
      assert.deepEqual(both[0], both[1]);
      assert.ok(await plain.locator("main h1").isVisible());
      assert.deepEqual(problems, []);
    });
  }

  test("forms that ask work: every field goes into the address, and the answer is a page", async (t) => {
    const { tab, problems } = await look.open(t, { javaScriptEnabled: false });
    let forms = 0;
    for (const sample of look.samples) {
      await look.load(tab, look.addressOf("busy", sample));
      const count = await tab.locator("form:not([method=post])").count();
      for (let i = 0; i < count; i++) {
        await look.load(tab, look.addressOf("busy", sample));
        const form = tab.locator("form:not([method=post])").nth(i);
        const field = form.locator("input[type=text], input[type=search], input:not([type])").first();
        if (await field.count() === 0) { continue; }
        await field.fill("mail");
        await field.press("Enter");
        forms++;
        await tab.waitForURL(/mail/);
        await tab.locator("h1").waitFor();
        assert.match(tab.url(), /lang=en/);
      }
    }
    assert.ok(forms >= look.samples.length, `only ${forms} forms were sent`);
    assert.deepEqual(problems, []);
  });

  test("the filter of jobs leaves those that it names", async (t) => {
    const { tab } = await look.open(t, { javaScriptEnabled: false });
    await look.load(tab, look.addressOf("busy", { path: "jobs" }));
    const form = tab.locator("main form.filters");
    await form.locator("[name=type]").fill("video_render");
    await form.locator("[name=type]").press("Enter");
    const rows = await tab.locator("main tbody tr:not(.line)").allTextContents();
    assert.ok(rows.length > 3, `${rows.length} rows`);
    assert.deepEqual(rows.filter((row) => !row.includes("video_render")), []);
    assert.equal(await tab.locator("main form.filters [name=type]").inputValue(), "video_render");
  });
});
