package io.forthwith.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Jobs that are all there when the workers start, drained by each contender in turn.
 *
 * @param processes worker processes of each contender
 */
record DrainWorkload(List<Contender> contenders, Load load, int rounds, int processes) implements Benchmarks.Workload {
    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        print(report, measure(database, report));
    }

    void print(Report report, List<Series<Sample>> samples) {
        SampleTable.print(
                report.out(),
                "drain of " + load + ", worker processes: " + processes,
                samples,
                List.of(
                        SampleTable.COMMITS,
                        SampleTable.WAL_BYTES,
                        SampleTable.DEAD_ROWS,
                        new SampleTable.Column("worker CPU µs a job", "%.1f", Sample::cpuMicros)));
    }

    List<Series<Sample>> measure(BenchmarkDatabase database, Report report) throws Exception {
        report.fact("load", load + ", worker processes: " + processes);
        List<Drain> drains = new ArrayList<>();
        try {
            for (Contender contender : contenders) {
                Load fitting = load.jobs(contender.jobs(load.jobs()));
                Drain drain = new Drain(database, contender, fitting, contender.hasWorkers() ? processes : 1);
                drains.add(drain);
                report.fact(contender.name(), contender.settings(drain.load()));
            }
            SideBySide<Sample> turns = new SideBySide<>();
            drains.forEach(drain -> turns.add(drain.contender().name(), drain::round));
            List<Series<Sample>> samples = turns.run(rounds, report.out());
            report.raw("samples", samples);
            return samples;
        } finally {
            for (Drain drain : drains) {
                drain.close();
            }
        }
    }
}
