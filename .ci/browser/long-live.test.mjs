// How soon an open page shows what has changed. Time is what is measured here, so the best of three tries counts.
import assert from "node:assert/strict";
import os from "node:os";
import { describe, test } from "node:test";
import { due, enqueue } from "./arrivals.mjs";
import * as look from "./look.mjs";

const MOST_SECONDS = 5;
const TRIES = 3;

/** Measures until one try is quick enough. */
const quick = async (what, seconds) => {
  const took = [];
  do { took.push(await seconds()); } while (took.at(-1) >= MOST_SECONDS && took.length < TRIES);
  assert.ok(took.at(-1) < MOST_SECONDS, `${what} took ${took.map((each) => each.toFixed(1)).join(", ")} s, at a load of ${os.loadavg()[0]}`);
};

describe("A page that is open", () => {
  test("shows a job that has come within five seconds", async (t) => {
    const { tab } = await look.open(t);
    await look.load(tab, look.addressOf("live", { path: "" }));
    await quick("the figure of what is due", async () => {
      const before = Number(await due(tab));
      await enqueue();
      const begin = performance.now();
      await look.eventually("it grows", async () => Number(await due(tab)) > before);
      return (performance.now() - begin) / 1000;
    });

    await look.load(tab, look.addressOf("live", { path: "jobs" }));
    await quick("the list of jobs", async () => {
      const type = await enqueue();
      const begin = performance.now();
      await look.eventually("the job is there", async () => await tab.locator("main tbody").getByText(type).count() > 0);
      return (performance.now() - begin) / 1000;
    });
  });
});
