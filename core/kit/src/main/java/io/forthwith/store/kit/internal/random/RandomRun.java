package io.forthwith.store.kit.internal.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.Retention;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Commands issued to a store and to the model, on jobs and workers of their own, until one of the two says something else. */
final class RandomRun {
    /** A loser that starts a little later meets the winner at another moment. */
    private static final int MOST_SPINS = 3_000;

    private static final int MOST_PURGES = 1_000;

    final CommandModel model;
    final CommandGenerator source;
    final Random random;
    private final StoreFixture fixture;
    private final ScenarioJobs cast;
    private final StringBuilder trace = new StringBuilder();
    private final Map<String, Job> lastSeen = new HashMap<>();
    private final Map<String, ModelJob> lastRead = new HashMap<>();

    RandomRun(StoreFixture fixture, long number) {
        this.fixture = fixture;
        // Neighbouring seeds would begin with the same draws.
        this.random = new Random(number * 0x9E37_79B9_7F4A_7C15L);
        this.cast = new ScenarioJobs(random.nextLong());
        this.model = new CommandModel(cast::id, StoreFixture.CAP);
        this.source = new CommandGenerator(random, model);
        trace.append("Round ")
                .append(number)
                .append(", again with -Dforthwith.kit.round=")
                .append(number);
    }

    /** An hour passes. */
    void tick() {
        note("an hour passes");
        model.tick();
        fixture.age(ScenarioJobs.TICK);
        lastSeen.clear();
    }

    /** Something that happens in the life of jobs. */
    void random() {
        if (source.isTick()) {
            tick();
        } else {
            issue(source.any());
        }
    }

    /** No other command runs. */
    void issue(Command command) {
        List<String> answer = answerOf(command);
        note(command + " -> " + answer);
        assertThat(answer).as("%s%nAnswer to \"%s\"", trace, command).isEqualTo(command.applyTo(model));
    }

    /** All commands run at the same moment. */
    void race(List<Command> commands) {
        CommandModel before = model.copy();
        List<Integer> spins =
                commands.stream().map(command -> random.nextInt(MOST_SPINS)).toList();
        List<List<String>> answers = RacingThreads.race(commands.size(), i -> () -> {
            for (int spin = spins.get(i); spin > 0; spin--) {
                Thread.onSpinWait();
            }
            return answerOf(commands.get(i));
        });
        lastSeen.clear();
        String rows = rows();
        note("at the same moment:");
        for (int i = 0; i < commands.size(); i++) {
            note("  " + commands.get(i) + " -> " + answers.get(i));
        }
        assertThat(new OrderSearch(commands, answers, rows).existsFrom(before))
                .as(
                        "%s%nNo order of the last %s commands gives these answers and leaves these rows:%n%s%nRows before:%n%s",
                        trace, commands.size(), rows, before.rows())
                .isTrue();
    }

    private List<String> answerOf(Command command) {
        try {
            return command.call().on(fixture, cast);
        } catch (RuntimeException thrown) {
            throw new AssertionError(trace + System.lineSeparator() + command + " threw " + thrown, thrown);
        }
    }

    void compareRows() {
        assertThat(rows()).as("%s%nRows", trace).isEqualTo(model.rows());
    }

    /** After every round, all jobs can be ended and deleted. */
    void end() {
        for (Job job : fixture.store.scan(JobQuery.all())) {
            if (job.workerId() != null) {
                fixture.store.deregister(job.workerId());
            }
        }
        model.workers().forEach(worker -> fixture.store.deregister(cast.id(worker)));
        fixture.takeOver();
        for (Job job : fixture.store.scan(JobQuery.all())) {
            CommandFactory.cancel(cast.name(job.id())).call().on(fixture, cast);
        }
        // Some jobs can be deleted only after others, and a call may look at some of them only.
        for (int calls = 0; calls < MOST_PURGES && fixture.store.countByScan(JobQuery.all()) > 0; calls++) {
            fixture.store.purge(Retention.DEFAULT.completed(Duration.ZERO).failed(Duration.ZERO), 100);
        }
        assertThat(fixture.store.scan(JobQuery.all()))
                .as("%s%nLeft over when all was over", trace)
                .isEmpty();
    }

    /** The rows of the store; the history of a job is read again when its row has changed. */
    private String rows() {
        NavigableMap<String, ModelJob> rows = new TreeMap<>();
        for (Job job : fixture.store.scan(JobQuery.all())) {
            String name = cast.name(job.id());
            if (!job.equals(lastSeen.put(name, job))) {
                lastRead.put(name, ModelJob.of(job, fixture.store.failures(job.id()), cast));
            }
            rows.put(name, lastRead.get(name));
        }
        return rows.values().stream().map(ModelJob::toString).collect(Collectors.joining("\n"));
    }

    private void note(String line) {
        trace.append(System.lineSeparator()).append(line);
    }
}
