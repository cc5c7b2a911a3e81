// A worker process of a contender on Node: what WorkerMain is for those on Java, with the same commands and answers.
//
// Arguments: the module of the library, its settings as JSON, the number of jobs of a round, and how many milliseconds a job sleeps.
// The database is in the environment. Besides the commands of WorkerMain there are "tables" and "fill FIRST COUNT", for a process that
// only prepares a round.
import { setTimeout as sleep } from "node:timers/promises";
import { database, orders, tell } from "./parent.mjs";

// How often the process reports the number of jobs that have run.
const REPORT_MILLIS = 2;

const [module, json, jobs, millis] = process.argv.slice(2);
const settings = JSON.parse(json);
const library = await import(module);

// Records which jobs have run, as Tally does.
class Tally {
    total = 0;
    runs = new Uint8Array(Number(jobs));
    #hasBegun = false;

    run = async (number) => {
        if (!this.#hasBegun) {
            this.#hasBegun = true;
            tell(`ran ${this.total}`);
        }
        if (Number(millis) > 0) {
            await sleep(Number(millis));
        }
        this.runs[number]++;
        this.total++;
    };

    answer() {
        const ran = Buffer.alloc(Math.ceil(this.runs.length / 8));
        this.runs.forEach((times, number) => {
            if (times > 0) {
                ran[number >> 3] |= 1 << (number & 7);
            }
        });
        return `${this.total} ${ran.toString("base64")}`;
    }
}

// Works until the next command. A warm start opens all connections first, as those of the contenders on Java are.
async function round(warm) {
    const tally = new Tally();
    const stop = await library.start(database, settings, tally.run, warm);
    tell("started");
    let told = 0;
    const reporter = setInterval(() => {
        if (tally.total !== told) {
            told = tally.total;
            tell(`ran ${told}`);
        }
    }, REPORT_MILLIS);
    await orders.next();
    await stop();
    clearInterval(reporter);
    tell(`stopped ${tally.answer()}`);
}

// Like EnqueueRun: so many callers, each with one job in each call, or all jobs in bulk.
async function enqueue(callers) {
    const count = Number(jobs);
    const producer = await library.producer(database, Math.max(callers, 4));
    let next = 0;
    const call = async () => {
        while (next < count) {
            await producer.add(next++);
        }
    };
    const start = process.hrtime.bigint();
    await (callers === 0 ? producer.addAll(0, count) : Promise.all(Array.from({ length: callers }, call)));
    const nanos = process.hrtime.bigint() - start;
    await producer.close();
    tell(`enqueued ${nanos}`);
}

async function fill(first, count) {
    const producer = await library.producer(database, 1);
    await producer.addAll(first, count);
    await producer.close();
    tell("filled");
}

tell("ready WARN");
for await (const order of orders) {
    const [command, ...numbers] = order.split(" ");
    switch (command) {
        case "start":
            await round(true);
            break;
        case "start-cold":
            await round(false);
            break;
        case "enqueue":
            await enqueue(Number(numbers[0]));
            break;
        case "tables":
            await library.createTables(database);
            tell("created");
            break;
        case "fill":
            await fill(Number(numbers[0]), Number(numbers[1]));
            break;
        default:
            throw new Error(`Unknown order ${order}`);
    }
}
process.exit(0);
