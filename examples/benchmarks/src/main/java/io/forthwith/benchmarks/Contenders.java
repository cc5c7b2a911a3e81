package io.forthwith.benchmarks;

import java.util.Arrays;
import java.util.List;

/** All contenders, by name. */
final class Contenders {
    private static final List<Contender> ALL = List.of(
            ForthwithContender.keeping(),
            ForthwithContender.deleting(),
            ForthwithContender.async(),
            ForthwithContender.pipelined(),
            ForthwithContender.observed(10),
            ForthwithContender.observed(100),
            ForthwithContender.watched(),
            DbSchedulerContender.FASTEST,
            new JobRunrContender(),
            new QuartzContender());

    private Contenders() {}

    static Contender named(String name) {
        return ALL.stream()
                .filter(contender -> contender.name().equals(name))
                .findFirst()
                .or(() -> DbSchedulerContender.named(name))
                .or(() -> LimitContender.named(name))
                .or(() -> GrownForthwith.named(name))
                .orElseThrow(() -> new IllegalArgumentException("No contender is called '" + name + "': there are "
                        + ALL.stream().map(Contender::name).toList()
                        + ", db-scheduler-100 for 100 threads, and limit-100 for batches of 100"));
    }

    /** The contenders in a list with commas. */
    static List<Contender> listed(String names) {
        return Arrays.stream(names.split(",")).map(Contenders::named).toList();
    }
}
