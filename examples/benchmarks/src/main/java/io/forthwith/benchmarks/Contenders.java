package io.forthwith.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** All contenders, by name. */
final class Contenders {
    private static final List<Contender> ALL = List.of(
            ForthwithContender.keeping(),
            ForthwithContender.deleting(),
            ForthwithContender.async(),
            ForthwithContender.pipelined(),
            ForthwithContender.inserted(),
            ForthwithContender.observed(10),
            ForthwithContender.observed(100),
            ForthwithContender.watched(),
            ForthwithContender.prepared(),
            DbSchedulerContender.FASTEST,
            new JobRunrContender(),
            new QuartzContender(),
            new GraphileContender(false),
            new GraphileContender(true),
            PgBossContender.FASTEST);

    private Contenders() {}

    static Contender named(String name) {
        return ALL.stream()
                .filter(contender -> contender.name().equals(name))
                .findFirst()
                .or(() -> DbSchedulerContender.named(name))
                .or(() -> PgBossContender.named(name))
                .or(() -> LimitContender.named(name))
                .or(() -> GrownForthwith.named(name))
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "No contender is called '" + name + "': there are "
                                        + ALL.stream().map(Contender::name).toList()
                                        + ", db-scheduler-100 for 100 threads, pgboss-100-4 for batches of 100 and four workers, and limit-100 for batches of 100"));
    }

    /** The contenders in a list with commas. */
    static List<Contender> listed(String names) {
        return Arrays.stream(names.split(",")).map(Contenders::named).toList();
    }

    /** Those that can run on this machine. The report says why the others cannot. */
    static List<Contender> present(List<Contender> all, Report report) throws IOException, InterruptedException {
        List<Contender> present = new ArrayList<>();
        for (Contender contender : all) {
            Optional<String> missing = contender.missing();
            if (missing.isPresent()) {
                report.fact(contender.name(), "skipped: " + missing.get());
            } else {
                present.add(contender);
            }
        }
        return present;
    }
}
