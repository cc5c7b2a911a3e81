// A reporter for node's test runner: how many tests of each file passed, a line each, "COUNT FILE".
import { basename } from "node:path";

export default async function* counts(events) {
  const passed = new Map();
  for await (const { type, data } of events) {
    if (type === "test:pass" && data.details.type !== "suite" && !data.skip && !data.todo) {
      const file = basename(data.file);
      passed.set(file, (passed.get(file) || 0) + 1);
    }
  }
  for (const [file, count] of passed) { yield `${count} ${file}\n`; }
}
