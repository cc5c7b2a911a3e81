package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How long an idle worker takes to begin a job that was enqueued in its own process, or in another one.
 *
 * @param jobs the number of jobs in each round
 * @param budget how long a round may take; a contender that needs longer for all jobs does fewer jobs
 */
record PickupWorkload(List<Responder> responders, int jobs, int rounds, Duration budget, IdleWorkload idle)
        implements Benchmarks.Workload {
    private static final long SEED = 20;

    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        report.fact("load", jobs + " jobs a round, one at a time, random pauses, seed " + SEED);
        SideBySide<Latencies> turns = new SideBySide<>();
        List<ResponderProcess> processes = new ArrayList<>();
        try {
            for (Responder responder : Responders.present(responders, report)) {
                ResponderProcess process = ResponderProcess.start(responder, Behaviour.RETURN, database);
                processes.add(process);
                report.fact(responder.name(), responder.settings());
                Round round = new Round(database, responder, process);
                turns.add(responder.name() + ", same process", () -> round.samePlace(this));
                turns.add(responder.name() + ", other process", () -> round.otherPlace(this));
            }
            BareCommits bare = new BareCommits(database, SEED);
            turns.add("two commits over bare JDBC", () -> bare.measure(jobs, budget));
            List<Series<Latencies>> samples = turns.run(rounds, report.out());
            report.raw("samples", samples);
            Latencies.print(report.out(), "enqueue → handler begins, idle", samples);
        } finally {
            for (ResponderProcess process : processes) {
                process.close();
            }
        }
        idle.run(database, report);
    }

    private record Round(BenchmarkDatabase database, Responder responder, ResponderProcess process) {
        Latencies samePlace(PickupWorkload load) throws Exception {
            database.prepare(responder);
            process.startWorker();
            Latencies latencies = Latencies.of(process.pickups(load.jobs, load.budget, SEED));
            process.stopWorker();
            return latencies;
        }

        Latencies otherPlace(PickupWorkload load) throws Exception {
            database.prepare(responder);
            try (HikariDataSource pool = Pools.open(database.url(), Pools.FEW);
                    Responder.Host client = responder.client(pool)) {
                process.startWorker();
                List<Double> millis = new Pickups(client, process.began(), new SplittableRandom(SEED))
                        .measure(load.jobs, load.budget);
                // Before the pool is closed, so that the client can still send statements in the background.
                process.stopWorker();
                return Latencies.of(millis);
            }
        }
    }
}
