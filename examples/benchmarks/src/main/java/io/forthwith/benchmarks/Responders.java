package io.forthwith.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
            new QuartzResponder(true),
            new GraphileResponder());

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

    /** Those that can run on this machine. The report says why the others cannot. */
    static List<Responder> present(List<Responder> all, Report report) throws IOException, InterruptedException {
        List<Responder> present = new ArrayList<>();
        for (Responder responder : all) {
            Optional<String> missing = responder.missing();
            if (missing.isPresent()) {
                report.fact(responder.name(), "skipped: " + missing.get());
            } else {
                present.add(responder);
            }
        }
        return present;
    }
}
