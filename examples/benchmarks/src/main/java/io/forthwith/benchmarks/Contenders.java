package io.forthwith.benchmarks;

import java.util.Arrays;
import java.util.List;

/** All contenders, by name. */
final class Contenders {
    private static final List<Contender> ALL = List.of(new ForthwithContender());

    private Contenders() {}

    static Contender named(String name) {
        return ALL.stream()
                .filter(contender -> contender.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No contender is called '" + name + "': there are "
                        + ALL.stream().map(Contender::name).toList()));
    }

    /** Those in a list with commas. */
    static List<Contender> listed(String names) {
        return Arrays.stream(names.split(",")).map(Contenders::named).toList();
    }
}
