// Jobs that come while a page is open.
import assert from "node:assert/strict";
import * as look from "./look.mjs";

let count = 0;

/** Enqueues a job of a type of its own in the store "live", and gives the type. */
export const enqueue = async () => {
  const type = `arrival_${process.pid}_${++count}`;
  const answer = await fetch(look.fixture.enqueue + "?" + type, { method: "POST" });
  assert.equal(answer.status, 200);
  return type;
};

/** The figure of what is due, on the overview. */
export const due = (tab) => tab.locator("#figures b").first().textContent();
