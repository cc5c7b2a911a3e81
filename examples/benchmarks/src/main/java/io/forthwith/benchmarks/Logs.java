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
    /** At which everybody logs, where jobs are not meant to fail. */
    static final String USUAL = "WARN";

    /** Where jobs are meant to fail: every library says so in its log, and the console is not what is measured. */
    static final String NONE = "OFF";

    /** The loggers that can affect the figures: those of the contenders and of their connection pool. */
    private static final List<String> MEASURED =
            List.of("com.github.kagkarlsson", "com.zaxxer.hikari", "io.forthwith", "org.jobrunr", "org.quartz");

    private Logs() {}

    /** The one level at which all libraries log; fails if one of them, or a part of one, logs more or less than the others. */
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
        // Also of those libraries that have not logged in this process yet.
        MEASURED.forEach(LoggerFactory::getLogger);
        return all().stream()
                .filter(logger -> MEASURED.stream().anyMatch(name -> (logger.getName() + ".").startsWith(name + ".")))
                .toList();
    }

    private static List<Logger> all() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLoggerList();
    }
}
