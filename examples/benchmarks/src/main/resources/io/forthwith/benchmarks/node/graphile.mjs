// Graphile Worker, with its public functions. A job that has ended is deleted.
import { Logger, makeWorkerUtils, run, runMigrations } from "graphile-worker";
import pg from "pg";

const TASK = "noop";

const logger = new Logger(() => (level, message) => {
    if (level === "error" || level === "warning") {
        console.error(message);
    }
});

export async function createTables(database) {
    await runMigrations({ ...database, logger });
}

export async function producer(database, connections) {
    const utils = await makeWorkerUtils({ ...database, logger, maxPoolSize: connections });
    return {
        add: (number) => utils.addJob(TASK, { number }),
        addAll: (first, count) =>
            utils.addJobs(Array.from({ length: count }, (_, i) => ({ identifier: TASK, payload: { number: first + i } }))),
        close: () => utils.release(),
    };
}

// The settings are those of the preset's part "worker".
export async function start(database, settings, work, warm) {
    const { connectionString, schema } = database;
    const pgPool = warm ? await open(connectionString, settings.maxPoolSize) : undefined;
    const runner = await run({
        ...(warm ? { pgPool } : { connectionString }),
        preset: { worker: { ...settings, schema, logger } },
        taskList: { [TASK]: ({ number }) => work(number) },
        noHandleSignals: true,
    });
    return async () => {
        await runner.stop();
        await pgPool?.end();
    };
}

async function open(connectionString, max) {
    const pool = new pg.Pool({ connectionString, max });
    const report = (error) => console.error(error);
    pool.on("error", report);
    pool.on("connect", (client) => client.on("error", report));
    const all = await Promise.all(Array.from({ length: max }, () => pool.connect()));
    all.forEach((client) => client.release());
    return pool;
}
