package io.forthwith.benchmarks;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** The log levels of this process. */
final class Logs {
    private Logs() {}

    /** Those that are set, in words for the report. */
    static String levels() {
        return withLevel().stream()
                .map(logger -> logger.getName() + " " + logger.getLevel())
                .collect(Collectors.joining(", "));
    }

    /** Nobody logs anything any more. */
    static void off() {
        withLevel().forEach(logger -> logger.setLevel(Level.OFF));
    }

    private static List<Logger> withLevel() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory())
                .getLoggerList().stream()
                        .filter(logger -> logger.getLevel() != null)
                        .toList();
    }
}
