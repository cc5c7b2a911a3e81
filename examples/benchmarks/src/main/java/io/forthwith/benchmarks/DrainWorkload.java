package io.forthwith.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * All jobs are enqueued before the workers start. Each contender drains them, in turns.
 *
 * @param processes how many worker processes a contender has; with several numbers, each contender is measured with each of them
 */
record DrainWorkload(List<Contender> contenders, Load load, int rounds, List<Integer> processes)
        implements Benchmarks.Workload {
    @Override
    public void run(BenchmarkDatabase database, Report report) throws Exception {
        print(report, measure(database, report));
    }

    void print(Report report, List<Series<Sample>> samples) {
        SampleTable.print(
                report.out(),
                "drain of " + load + ", worker processes: " + said(),
                samples,
                List.of(
                        SampleTable.COMMITS,
                        SampleTable.WAL_BYTES,
                        SampleTable.DEAD_ROWS,
                        new SampleTable.Column("worker CPU µs a job", "%.1f", Sample::cpuMicros)));
    }

    private String said() {
        return processes.stream().map(String::valueOf).collect(Collectors.joining(" and "));
    }

    List<Series<Sample>> measure(BenchmarkDatabase database, Report report) throws Exception {
        report.fact("load", load + ", worker processes: " + said());
        List<Drain> drains = new ArrayList<>();
        try {
            SideBySide<Sample> turns = new SideBySide<>();
            for (Contender contender : Contenders.present(contenders, report)) {
                Load fitting = load.jobs(contender.jobs(load.jobs()));
                report.fact(contender.name(), contender.settings(fitting));
                for (int count : contender.hasWorkers() ? processes : List.of(1)) {
                    Drain drain = Drain.warm(database, contender, fitting, count);
                    drains.add(drain);
                    turns.add(contender.name() + (processes.size() > 1 ? ", processes: " + count : ""), drain::round);
                }
            }
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
