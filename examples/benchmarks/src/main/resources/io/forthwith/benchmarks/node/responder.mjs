// A process with the worker of a responder on Node: what ResponderMain is for those on Java, with the same commands and answers.
//
// Arguments: the module of the library and its settings as JSON. A job reports that it begins, and completes.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { database, orders, tell } from "./parent.mjs";

// As Pickups says.
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 60;

const [module, json] = process.argv.slice(2);
const settings = JSON.parse(json);

// Like StatementCount, without begin and commit.
let statements = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (...call) {
    if (!/^\s*(begin|commit|rollback)\b/i.test(call[0]?.text ?? call[0])) {
        statements++;
    }
    return query.apply(this, call);
};
const library = await import(module);

let stop;
let begun = (number, nanos) => tell(`began ${number} ${nanos}`);

// On Linux this clock is that of System.nanoTime, as ResponderProcess tests.
const clock = () => process.hrtime.bigint();

// Measures in this process, as Pickups does. The pauses are random, but not those of the seed: Node has no random numbers with one.
async function pickups(jobs, budgetNanos) {
    const producer = await library.producer(database, 4);
    const told = begun;
    const millis = [];
    const end = clock() + budgetNanos;
    for (let number = 0; number < jobs && clock() < end; number++) {
        await sleep(SHORTEST_PAUSE + Math.floor(Math.random() * (LONGEST_PAUSE - SHORTEST_PAUSE + 1)));
        const began = new Promise((resolve, reject) => {
            begun = (which, nanos) =>
                which === number ? resolve(nanos) : reject(new Error(`Waited for job ${number} to begin, and saw ${which}`));
        });
        const start = clock();
        await producer.add(number);
        millis.push(Number((await began) - start) / 1e6);
    }
    begun = told;
    await producer.close();
    tell(`pickups ${millis.join(" ")}`);
}

// The part of java.time.Duration's text that a budget has.
function nanosOf(duration) {
    const [, minutes = 0, seconds = 0] = /^PT(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration);
    return BigInt(Number(minutes) * 60 + Number(seconds)) * 1_000_000_000n;
}

tell("ready WARN");
for await (const order of orders) {
    const [command, ...rest] = order.split(" ");
    switch (command) {
        case "clock":
            tell(`clock ${clock()}`);
            break;
        case "start":
        case "start-counting":
            stop = await library.start(database, settings, (number) => begun(number, clock()), true);
            tell("started");
            break;
        case "statements":
            tell(`statements ${statements}`);
            break;
        case "pickups":
            await pickups(Number(rest[0]), nanosOf(rest[1]));
            break;
        case "stop":
            await stop();
            tell("stopped");
            break;
        default:
            throw new Error(`Unknown order ${order}`);
    }
}
process.exit(0);
