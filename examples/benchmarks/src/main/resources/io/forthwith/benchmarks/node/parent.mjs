// The process that started this one: it sends commands as lines and gets lines, as ParentProcess says.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

export const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// What the libraries print must not be taken for an answer.
console.log = console.error;
console.info = console.error;

export function tell(line) {
    // At once, because the other side takes the time when it reads the line.
    const bytes = Buffer.from(`${line}\n`);
    let sent = 0;
    while (sent < bytes.length) {
        sent += writeSync(1, bytes, sent);
    }
}

// The database to measure, from the URL that the Java contenders get.
const jdbc = new URL(process.env.BENCHMARK_JDBC_URL.replace(/^jdbc:/, ""));
const url = new URL(`postgresql://${jdbc.host}${jdbc.pathname}`);
url.username = jdbc.searchParams.get("user") ?? "";
url.password = jdbc.searchParams.get("password") ?? "";
url.searchParams.set("application_name", jdbc.searchParams.get("ApplicationName"));

export const database = { connectionString: url.href, schema: jdbc.searchParams.get("currentSchema") };
