package io.forthwith.benchmarks;

import java.util.Arrays;
import java.util.List;

/** All responders, by name. */
final class Responders {
    private static final List<Responder> ALL = List.of(
            new ForthwithResponder(false),
            new ForthwithResponder(true),
            new DbSchedulerResponder(false),
            new DbSchedulerResponder(true),
            new JobRunrResponder(false),
            new JobRunrResponder(true),
            new QuartzResponder(false),
            new QuartzResponder(true));

    private Responders() {}

    static Responder named(String name) {
        return ALL.stream()
                .filter(responder -> responder.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No contender is called '" + name + "': there are "
                        + ALL.stream().map(Responder::name).toList()));
    }

    /** The responders in a list with commas. */
    static List<Responder> listed(String names) {
        return Arrays.stream(names.split(",")).map(Responders::named).toList();
    }
}
