// Every page as people see it: in both schemes, wide and narrow; or each once, in changing schemes and widths, unless EVERY_LOOK is set.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as look from "./look.mjs";

describe("A page loads without an error, suits axe, has only words and does not scroll sideways on a phone:", () => {
  const every = look.schemes.flatMap((scheme) => look.widths.map((width) => ({ scheme, width })));
  for (const [i, sample] of look.samples.entries()) {
    const looks = process.env.EVERY_LOOK ? every : [every[i % every.length]];
    test(sample.name, async (t) => {
      const { tab, problems } = await look.open(t);
      for (const { scheme, width } of looks) {
        await tab.emulateMedia({ colorScheme: scheme });
        await tab.setViewportSize({ width, height: 900 });
        await look.load(tab, look.addressOf("busy", sample));
        await look.sound(tab, problems, `${sample.path} ${scheme} ${width}`);
        await look.screenshot(tab, `${sample.name}-${scheme}-${width}`);
      }
    });
  }
});

describe("The checks themselves find", () => {
  test("an error in the console, a missing file, a script that has failed, a dialog", async (t) => {
    const { tab, problems } = await look.open(t);
    await look.load(tab, look.stores.empty.url);
    await tab.evaluate(() => console.error("wrong"));
    await tab.evaluate(() => fetch("nothing.css"));
    await tab.evaluate(() => { setTimeout(() => { throw new Error("broken"); }); alert("hello"); });
    await look.eventually("all four", () => ["console: wrong", "answer: 404", "script: broken", "dialog: hello"]
      .every((each) => problems.some((problem) => problem.startsWith(each))));
  });

  test("an inline script and an inline style, which the policy forbids", async (t) => {
    const { tab, problems } = await look.open(t);
    await look.load(tab, look.stores.empty.url);
    await tab.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.hacked = 1";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", '<p style="color: red">x</p>');
    });
    await look.eventually("two reports", () => ["script-src", "style-src"]
      .every((each) => problems.some((problem) => problem.startsWith("console: CSP: " + each))));
    assert.equal(await tab.evaluate(() => window.hacked), undefined);
  });

  test("a picture without a text and a text without contrast", async (t) => {
    const { tab } = await look.open(t);
    await look.load(tab, look.stores.empty.url);
    await tab.evaluate(() => {
      document.querySelector("main").insertAdjacentHTML("beforeend", '<img src="icon-good.svg"><p id="pale">pale</p>');
      document.getElementById("pale").style.color = "#ccc";
      document.getElementById("pale").style.background = "#fff";
    });
    const found = await look.accessibility(tab);
    for (const rule of ["image-alt", "color-contrast"]) {
      assert.ok(found.some((each) => each.startsWith(rule + ":")), `${rule} is not among ${found}`);
    }
  });

  test("a key instead of words, a value that was not filled in, a page that is too wide", async (t) => {
    const { tab } = await look.open(t, { width: 390 });
    await look.load(tab, look.stores.empty.url);
    await tab.evaluate(() => {
      const main = document.querySelector("main");
      main.insertAdjacentHTML("beforeend", '<p>overview.title</p><p aria-label="span.h">{0} jobs</p><bdi>io.forthwith</bdi><p id="wide">w</p>');
      document.getElementById("wide").style.width = "800px";
    });
    assert.deepEqual(await look.untranslated(tab), ["overview.title", "{0}", "span.h"]);
    assert.ok(await look.overflow(tab) > 300);
  });
});
