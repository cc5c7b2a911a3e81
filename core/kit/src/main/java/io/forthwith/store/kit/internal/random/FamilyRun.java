package io.forthwith.store.kit.internal.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Commands about families of any shape, issued to an empty store and to the model, until one of the two answers or holds something else.
 * What the commands choose among is what the model holds.
 */
final class FamilyRun {
    /** How many workers a job may lose: fewer than elsewhere, so that more jobs come to their last try. */
    private static final int CAP = 2;

    private static final int SLOTS = 2;
    private static final int MOST_ROWS = 1_000;

    final StoreFixture fixture;
    final ScenarioJobs cast;
    CommandModel model;
    /** The calls of add so far. */
    final List<List<PlannedJob>> calls = new ArrayList<>();

    private final List<String> workers = new ArrayList<>();
    private final StringBuilder trace = new StringBuilder();
    private Map<String, Job> rows = Map.of();
    private int starts;
    private int prefixes;
    private int results;

    /** @param seed decides the ids of the jobs */
    FamilyRun(StoreFixture fixture, long seed) {
        this.fixture = fixture;
        this.cast = new ScenarioJobs(seed);
        this.model = new CommandModel(cast::id, CAP);
        for (int slot = 0; slot < SLOTS; slot++) {
            workers.add("");
            start(slot);
        }
    }

    JobStore store() {
        return fixture.store;
    }

    // What happens

    /** Issues commands, then lets all that is open run to its end. */
    void run(List<FamilyCommand> commands) {
        for (FamilyCommand command : commands) {
            issue(command);
        }
        note("to the end:");
        for (int round = 0; isAnything(FamilyRun::runs) || isAnything(ModelJob::isOpenGroup); round++) {
            if (round > 100) {
                fail("%s%nThere is no end to it", trace);
            }
            for (ModelJob group : jobs(ModelJob::isOpenGroup)) {
                issue(run -> run.seal(group.name));
            }
            issue(new WorkerCommands.Claiming(round % SLOTS, 100));
            for (List<PlannedSettlement> batch = running(); !batch.isEmpty(); batch = running()) {
                List<PlannedSettlement> next = batch;
                issue(run -> run.settle(next));
            }
        }
        assertThat(jobs(ModelJob::isOpen))
                .as("%s%nOpen when all was over", trace)
                .isEmpty();
        assertThat(RowInvariants.readings(store(), model.jobs(), cast))
                .as("%s%nReadings", trace)
                .isEmpty();
    }

    private List<PlannedSettlement> running() {
        return jobs(job -> job.status == JobStatus.PROCESSING).stream()
                .limit(BatchSplits.MOST)
                .map(job -> PlannedSettlement.of(
                        job.name, job.claim, job.holder, PlannedSettlement.How.COMPLETE, nextResult()))
                .toList();
    }

    private static boolean runs(ModelJob job) {
        return job.status == JobStatus.PENDING || job.status == JobStatus.PROCESSING;
    }

    void issue(FamilyCommand command) {
        try {
            command.issue(this);
        } catch (RuntimeException thrown) {
            throw new AssertionError(trace + System.lineSeparator() + thrown, thrown);
        }
        Map<String, Job> before = rows;
        rows = read();
        List<String> differences = differences(rows, model);
        if (!differences.isEmpty()) {
            fail("%s%nRows that differ:%n%s", trace, String.join(System.lineSeparator(), differences));
        }
        List<String> broken = new RowInvariants(before, rows, model.jobs(), cast).broken(command.isByHand());
        assertThat(broken).as("%s%nBroken invariants", trace).isEmpty();
    }

    /** Calls the store, and notes what it answers. */
    <T> T ask(String what, Supplier<T> question) {
        note(what);
        T answer = question.get();
        trace.append(" -> ").append(answer);
        return answer;
    }

    /** Compares an answer with what the model says. */
    void check(Object answer, Object wanted) {
        assertThat(answer).as("%s%nAnswer", trace).isEqualTo(wanted);
    }

    void checkAny(Object answer, Set<?> wanted) {
        assertThat(wanted.contains(answer))
                .as("%s%nThe model would answer %s", trace, wanted)
                .isTrue();
    }

    private void note(String line) {
        trace.append(System.lineSeparator()).append(line);
    }

    // Calls that several commands make

    /** @param call to be noted as it was made, to be repeated later */
    void add(List<PlannedJob> call, String what) {
        calls.add(call);
        List<String> answers = ask(what + " " + call, () -> {
            try {
                return store()
                        .add(call.stream()
                                .map(role -> cast.encode(fixture, role, 0))
                                .toList())
                        .stream()
                        .map(added -> added.outcome() + " " + cast.name(added.id()))
                        .toList();
            } catch (IllegalArgumentException senseless) {
                return List.of(ModelAdding.SENSELESS);
            }
        });
        checkAny(answers, model.add(call, 0));
    }

    void seal(String name) {
        check(ask("seal " + name, () -> store().seal(cast.id(name), Locale.ENGLISH)), model.seal(name));
    }

    void settle(List<PlannedSettlement> batch) {
        if (batch.isEmpty()) {
            return;
        }
        List<String> answers = ask("settle " + batch, () -> {
            try {
                return store()
                        .settle(batch.stream()
                                .map(settling -> settling.with(fixture, cast))
                                .toList())
                        .stream()
                        .map(Settled::name)
                        .toList();
            } catch (IllegalArgumentException senseless) {
                return List.of(ModelAdding.SENSELESS);
            }
        });
        if (batch.stream().anyMatch(settling -> ModelAdding.isSenseless(settling.job(), settling.spawn()))) {
            check(answers, List.of(ModelAdding.SENSELESS));
        } else {
            settled(batch, answers);
        }
    }

    /** A store may settle a batch in one transaction or in several. Every division is right that gives its answers and its rows. */
    private void settled(List<PlannedSettlement> batch, List<String> answers) {
        Map<String, Job> now = read();
        CommandModel inOne = model;
        List<String> wanted = List.of();
        for (List<List<PlannedSettlement>> steps : BatchSplits.of(batch)) {
            CommandModel candidate = model.copy();
            Map<PlannedSettlement, String> each = new HashMap<>();
            for (List<PlannedSettlement> step : steps) {
                List<Settled> its = candidate.settle(step);
                for (int i = 0; i < its.size(); i++) {
                    each.put(step.get(i), its.get(i).name());
                }
            }
            List<String> all = batch.stream().map(each::get).toList();
            if (all.equals(answers) && differences(now, candidate).isEmpty()) {
                model = candidate;
                return;
            }
            if (wanted.isEmpty()) {
                inOne = candidate;
                wanted = all;
            }
        }
        model = inOne;
        check(answers, wanted);
    }

    /** Where the rows of the store are not what the model says. */
    private List<String> differences(Map<String, Job> jobs, CommandModel wanted) {
        List<String> differences = new ArrayList<>();
        for (String name : wanted.jobs().sortedNames()) {
            ModelJob model = wanted.job(name);
            Job job = jobs.get(name);
            String is = job == null ? "not there" : exactText(job, model);
            if (!is.equals(model.exactText())) {
                differences.add("is    " + is);
                differences.add("wants " + model.exactText());
            }
        }
        jobs.keySet().stream()
                .filter(name -> !wanted.jobs().has(name))
                .forEach(name -> differences.add(name + " should not be there"));
        return differences;
    }

    /** @param model tells what is not looked at */
    private String exactText(Job job, ModelJob model) {
        ModelJob row = ModelJob.of(job, List.of(), cast);
        row.knowsPercent = model.knowsPercent;
        return row.exactText();
    }

    private Map<String, Job> read() {
        Map<String, Job> read = new TreeMap<>();
        store().scan(JobQuery.all().atMost(MOST_ROWS)).forEach(job -> read.put(cast.name(job.id()), job));
        return read;
    }

    void claim(int slot, int limit) {
        String worker = workers.get(slot);
        ClaimRequest request = new ClaimRequest(
                cast.id(worker), List.of(NewJob.DEFAULT_QUEUE), limit, Set.of(StoreFixture.TYPE.name()), CAP);
        int wanted = model.claimable(worker, limit);
        List<String> claimed = ask(
                "claim " + limit + " as " + worker,
                () -> store().claim(request).stream()
                        .map(Claim::of)
                        .map(cast::name)
                        .toList());
        Collection<String> pending = jobs(job -> job.status == JobStatus.PENDING).stream()
                .map(job -> job.name)
                .toList();
        assertThat(pending).as("%s%nPending jobs", trace).containsAll(claimed);
        claimed.forEach(name -> model.claimed(name, worker));
        check(claimed.size(), wanted);
    }

    String worker(int slot) {
        return workers.get(slot % SLOTS);
    }

    /** A worker starts again. */
    void start(int slot) {
        String worker = "W" + ++starts;
        workers.set(slot % SLOTS, worker);
        store().register(
                        ReadModelFactory.workerInfo(cast.id(worker), worker, "localhost", 1),
                        ScenarioJobs.lasting(CommandModel.LEASE));
        model.register(worker);
    }

    /** A worker is lost and forgotten, or its lease lapses; another worker takes over what it held. */
    void lose(int slot, boolean isForgotten) {
        String lost = worker(slot);
        if (isForgotten) {
            store().deregister(cast.id(lost));
            model.deregister(lost);
        } else {
            letLapse(lost, worker(slot + 1));
        }
        List<TakenOver> answers = ask(
                "take over from " + lost,
                () -> store().takeOver(new TakeOverRequest(CAP, Duration.ZERO, Locale.ENGLISH)));
        Set<String> wanted = new TreeSet<>(model.takeFrom(lost, Command.NONE));
        wanted.addAll(model.takeOrphans(Command.NONE));
        Set<String> taken = new TreeSet<>();
        for (TakenOver answer : answers) {
            String name = cast.name(answer.jobId());
            taken.add(name + " " + answer.status() + " from " + cast.name(answer.lostWorker()));
            // A store may answer with what follows from the take-over, or not.
            if (answer.status() == model.job(name).status) {
                wanted.add(name + " " + answer.status() + " from " + lost);
            }
        }
        check(taken, wanted);
        start(slot);
    }

    private void letLapse(String lost, String other) {
        for (int tick = 0; tick < CommandModel.LEASE; tick++) {
            model.tick();
            fixture.age(ScenarioJobs.TICK);
        }
        store().beat(cast.id(other), ScenarioJobs.lasting(CommandModel.LEASE), WorkerLoad.NONE);
        model.beat(other);
        note("the lease of " + lost + " lapses");
    }

    // Drawing from what there is

    List<ModelJob> jobs(Predicate<ModelJob> which) {
        return model.jobs().all().stream().filter(which).toList();
    }

    private boolean isAnything(Predicate<ModelJob> which) {
        return !jobs(which).isEmpty();
    }

    /**
     * One of these jobs by a drawn number; if there is none, one of all, or one that never was. Counted from the last one, so that
     * the choice stays the same when jobs before it are left out.
     */
    String name(int draw, Predicate<ModelJob> which) {
        List<ModelJob> wanted = draw % 8 == 7 ? List.of() : jobs(which);
        List<ModelJob> chosen = wanted.isEmpty() ? jobs(job -> true) : wanted;
        return chosen.isEmpty() || draw % 64 == 63
                ? "unknown"
                : chosen.get(chosen.size() - 1 - draw / 8 % chosen.size()).name;
    }

    /** What the names of the jobs in the next call begin with. */
    String nextPrefix() {
        int number = prefixes++;
        String last = String.valueOf((char) ('a' + number % 26));
        return number < 26 ? last : (char) ('a' + number / 26 - 1) + last;
    }

    String nextResult() {
        return String.valueOf(++results);
    }
}
