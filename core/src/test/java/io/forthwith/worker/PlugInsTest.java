package io.forthwith.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mockStatic;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.spi.FilterReply;
import io.forthwith.JobStatus;
import io.forthwith.worker.PlugInFault.PlugIn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mockito.MockedStatic;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.Marker;

/**
 * Each call of each plug-in (of the MDC one of ten, unless {@code -Dthorough=true}) throws once, in turn, while a worker meets everything that can happen to jobs: each job
 * ends, its event is sent, its undo actions run, and the worker keeps its lease and its slots.
 */
@Timeout(300)
class PlugInsTest {
    private static final Predicate<JobStatus> NOTHING_ELSE = Set.<JobStatus>of()::contains;

    /** Statements that only a bug of the engine, or its seams in {@link EngineSeamsTest}, would reach. */
    private static final Set<String> OF_BUGS = Set.of(
            "[Worker] Could not set the MDC for job {}",
            "[Worker] Could not restore the MDC of {}",
            "[Worker] Could not restore the class loader of {}",
            "[Worker] Could not wake other workers; they find what was given back when they poll",
            "[Worker] Could not tell of job {}",
            "[Worker] The answer about job {} could not be handled; it is asked for again",
            "[Worker] Running job {} failed unexpectedly",
            "[Worker] Job {} could not be settled",
            "[Worker] Deciding what becomes of job {} failed",
            "[Worker] Logging the failure of job {} failed",
            "[Worker] Looking at job {} failed",
            "[Worker] Loop {} failed unexpectedly and goes on");

    /** Statements about threads: see {@link WorkerStartTest}, and {@code HostileSettlingTest} for those of jobs. */
    private static final Set<String> OF_THREADS = Set.of(
            "[Worker] Could not interrupt the thread of a job",
            "[Worker] {} started: {} jobs at a time from {}, types {}",
            "[Worker] {} stopped{}{}",
            "[Worker] The store's hints could not be closed",
            "[Worker] {} could not deregister; its lease will lapse");

    /** Statements about listeners that do not return: see {@link HangingListenerTest} and {@code EventLoopTest}. */
    private static final Set<String> OF_LISTENERS = Set.of(
            "[Worker] {} does not end, and there is no room for more events: they are dropped until there is. Jobs are not affected",
            "[Worker] Listeners are told again; {} events were dropped, because a listener did not return: what counts events lacks them",
            "[Worker] {} does not end; {} events are not told");

    /** A statement about limits that somebody keeps locked: see {@code LocksHeldByOthersTest}. */
    private static final String OF_A_LOCK =
            "[Worker] Could not declare the limit {}; until it can, what is stored holds: {}";

    /** A statement about a database that forgets: see {@code ForgottenClaimsTest}. */
    private static final String OF_A_FAILOVER =
            "[Worker] The store has given {} of the jobs out again that {} still has, for example job {} (claim {}): it has";

    /** Statements about types that others serve: see {@code LeftToOthersTest}. */
    private static final Set<String> OF_A_ROLL_OUT = Set.of(
            "[Worker] Jobs of queue {} and type {} are left to other workers: they serve the type, and this one does not know it",
            "[Worker] Jobs of queue {} and type {} are left to others no more: no other living worker serves them");

    @Test
    void every_log_statement_is_met() {
        Set<String> seen = new TreeSet<>();
        try (LogFault log = new LogFault(PlugInFault.none(PlugIn.LOG))) {
            PlugInScenario scenario = new PlugInScenario(log.fault, NOTHING_ELSE);
            runAndCheck(scenario);
            seen.addAll(log.seen);
        }
        Set<String> missing = new TreeSet<>(statements());
        missing.removeIf(statement -> seen.stream().anyMatch(line -> line.startsWith(statement)));
        missing.removeAll(OF_BUGS);
        missing.removeAll(OF_THREADS);
        missing.removeAll(OF_LISTENERS);
        missing.removeAll(OF_A_ROLL_OUT);
        missing.remove(OF_A_LOCK);
        missing.remove(OF_A_FAILOVER);
        assertThat(missing).isEmpty();
    }

    /** The literals of all log lines in the sources. */
    private static Set<String> statements() {
        Pattern line = Pattern.compile("\"(\\[Worker] (?:[^\"\\\\]|\\\\.)*)\"");
        Set<String> found = new TreeSet<>();
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java/io/forthwith/worker"))) {
            for (Path source :
                    sources.filter(file -> file.toString().endsWith(".java")).toList()) {
                Matcher lines = line.matcher(Files.readString(source));
                while (lines.find()) {
                    found.add(lines.group(1).translateEscapes());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(found).hasSizeGreaterThan(30);
        return found;
    }

    @ParameterizedTest
    @EnumSource(names = {"LOG", "LOG_FILTER"})
    void any_line_may_be_refused_by_the_log(PlugIn place) {
        int calls;
        try (LogFault log = new LogFault(PlugInFault.none(place))) {
            runAndCheck(new PlugInScenario(log.fault, NOTHING_ELSE));
            calls = log.fault.calls();
        }
        assertThat(calls).isGreaterThan(80);
        for (int at = 1; at <= calls; at++) {
            try (LogFault log = new LogFault(PlugInFault.at(place, at))) {
                PlugInScenario scenario = new PlugInScenario(log.fault, NOTHING_ELSE);
                runAndCheck(scenario);
                assertThat(scenario.escaped()).as(log.fault.toString()).isEmpty();
            }
        }
    }

    @Test
    void any_call_of_the_mdc_may_throw() {
        int calls = runWithMdc(PlugInFault.none(PlugIn.MDC));
        assertThat(calls).isGreaterThan(80);
        int step = Boolean.getBoolean("thorough") ? 1 : 10;
        int first = 1 + new Random().nextInt(step);
        System.out.println("Calls of the MDC that throw: from " + first + " on, each " + step);
        for (int at = first; at <= calls; at += step) {
            runWithMdc(PlugInFault.at(PlugIn.MDC, at));
        }
    }

    private static int runWithMdc(PlugInFault fault) {
        try (MockedStatic<MDC> mdc = mockStatic(MDC.class, call -> {
            fault.hit(PlugIn.MDC);
            return call.callRealMethod();
        })) {
            PlugInScenario scenario = new PlugInScenario(fault, NOTHING_ELSE);
            runAndCheck(scenario);
            assertThat(scenario.escaped()).as(fault.toString()).isEmpty();
        }
        return fault.calls();
    }

    @ParameterizedTest
    @EnumSource(names = {"LISTENER", "REDACTOR", "CLASSIFIER", "EXECUTOR_REFUSES", "EXECUTOR_ACCEPTS_AND_THROWS"})
    void any_call_of_a_plug_in_may_throw_and_each_job_ends_as_it_should(PlugIn plugIn) {
        throwAtEachCall(plugIn, NOTHING_ELSE);
    }

    /** A result that cannot be read, a retry whose time cannot be told, and an interceptor that throws an error fail their job. */
    @ParameterizedTest
    @EnumSource(names = {"RESULT", "BACK_OFF", "INTERCEPTOR"})
    void any_call_that_a_job_needs_may_throw_and_fails_this_job_only(PlugIn plugIn) {
        throwAtEachCall(plugIn, JobStatus.FAILED::equals);
    }

    private static void throwAtEachCall(PlugIn plugIn, Predicate<JobStatus> alsoEndsAs) {
        PlugInFault counting = PlugInFault.none(plugIn);
        runAndCheck(new PlugInScenario(counting, alsoEndsAs));
        assertThat(counting.calls()).isPositive();
        for (int at = 1; at <= counting.calls(); at++) {
            PlugInFault fault = PlugInFault.at(plugIn, at);
            PlugInScenario scenario = new PlugInScenario(fault, alsoEndsAs);
            runAndCheck(scenario);
            assertThat(scenario.escaped()).as(fault.toString()).isEmpty();
        }
    }

    private static void runAndCheck(PlugInScenario scenario) {
        scenario.run();
        scenario.check();
        scenario.checkEvents();
        scenario.purge();
    }

    /** The log of the worker, which throws at one line, or when it is asked whether to write one. */
    private static final class LogFault extends AppenderBase<ILoggingEvent> implements AutoCloseable {
        private final PlugInFault fault;
        private final Logger logger = (Logger) LoggerFactory.getLogger("io.forthwith.worker");
        private final LoggerContext logs = logger.getLoggerContext();
        private final Level before = logger.getLevel();
        private final List<String> seen = new ArrayList<>();
        private final TurboFilter filter = new TurboFilter() {
            @Override
            public FilterReply decide(
                    Marker marker, Logger asked, Level level, String format, Object[] params, Throwable t) {
                if (asked.getName().startsWith(logger.getName())) {
                    fault.hit(PlugIn.LOG_FILTER);
                }
                return FilterReply.NEUTRAL;
            }
        };

        LogFault(PlugInFault fault) {
            this.fault = fault;
            logger.setLevel(Level.TRACE);
            logger.setAdditive(false);
            start();
            logger.addAppender(this);
            logs.addTurboFilter(filter);
        }

        @Override
        public synchronized void doAppend(ILoggingEvent event) {
            seen.add(event.getMessage());
            fault.hit(PlugIn.LOG);
        }

        @Override
        protected void append(ILoggingEvent event) {}

        @Override
        public void close() {
            logs.getTurboFilterList().remove(filter);
            logger.detachAppender(this);
            logger.setAdditive(true);
            logger.setLevel(before);
        }
    }
}
