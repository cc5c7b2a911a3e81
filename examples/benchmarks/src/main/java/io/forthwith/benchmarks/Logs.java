package io.forthwith.benchmarks;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/** The log levels of this process. */
final class Logs {
    /** The level of all libraries if jobs are expected to succeed. */
    static final String USUAL = "WARN";

    /** The level if jobs are expected to fail: every library logs failures, and the console must not be part of the measurement. */
    static final String NONE = "OFF";

    /** The loggers that can affect the figures: those of the contenders and of their connection pool. */
    private static final List<String> MEASURED =
            List.of("com.github.kagkarlsson", "com.zaxxer.hikari", "io.forthwith", "org.jobrunr", "org.quartz");

    private Logs() {}

    /** The common log level of all libraries. Fails if a library, or a part of one, has another level than the others. */
    static String level() {
        Map<String, List<String>> names = new TreeMap<>();
        for (Logger logger : measured()) {
            names.computeIfAbsent(logger.getEffectiveLevel().toString(), level -> new ArrayList<>())
                    .add(logger.getName());
        }
        if (names.size() > 1) {
            throw new IllegalStateException("Some log more than others: " + names);
        }
        return names.keySet().iterator().next();
    }

    /** Switches all logging off until the returned value is closed. */
    static AutoCloseable off() {
        List<Logger> set =
                all().stream().filter(logger -> logger.getLevel() != null).toList();
        List<Level> before = set.stream().map(Logger::getLevel).toList();
        set.forEach(logger -> logger.setLevel(Level.OFF));
        return () -> {
            for (int i = 0; i < set.size(); i++) {
                set.get(i).setLevel(before.get(i));
            }
        };
    }

    private static List<Logger> measured() {
        // This includes libraries that have not logged in this process yet.
        MEASURED.forEach(LoggerFactory::getLogger);
        return all().stream()
                .filter(logger -> MEASURED.stream().anyMatch(name -> (logger.getName() + ".").startsWith(name + ".")))
                .toList();
    }

    private static List<Logger> all() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLoggerList();
    }
}
