// pg-boss. A job that has ended is kept.
import { PgBoss } from "pg-boss";

const QUEUE = "noop";

async function open(database, max) {
    const boss = new PgBoss({ ...database, max });
    boss.on("error", (error) => console.error(error));
    await boss.start();
    return boss;
}

export async function createTables(database) {
    const boss = await open(database, 2);
    await boss.createQueue(QUEUE);
    await boss.stop();
}

export async function producer(database, connections) {
    const boss = await open(database, connections);
    return {
        add: (number) => boss.send(QUEUE, { number }),
        addAll: (first, count) =>
            boss.insert(QUEUE, Array.from({ length: count }, (_, i) => ({ data: { number: first + i } }))),
        close: () => boss.stop(),
    };
}

// The settings are "max", the size of the pool, and the options of work().
export async function start(database, { max, ...options }, work, warm) {
    const boss = await open(database, max);
    if (warm) {
        // Only as many queries at a time open as many connections.
        await Promise.all(Array.from({ length: max }, () => boss.getDb().executeSql("SELECT pg_sleep(0.1)")));
    }
    await boss.work(QUEUE, options, (jobs) => Promise.all(jobs.map((job) => work(job.data.number))));
    return () => boss.stop();
}
