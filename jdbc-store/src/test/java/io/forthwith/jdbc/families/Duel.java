package io.forthwith.jdbc.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.JobStore;
import io.forthwith.store.Settled;
import io.forthwith.store.WorkerInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A store and the model, to which the same is said, until one of the two says something else. */
final class Duel {
    static final Duration LEASE = Duration.ofMinutes(1);
    private static final int SLOTS = 2;
    private static final int MOST_ROWS = 1_000;

    final Cast cast = new Cast();
    FamilyModel model = new FamilyModel(cast::id);
    /** The calls of add so far. */
    final List<List<Role>> calls = new ArrayList<>();

    private final StoreUnderTest under;

    private final List<String> workers = new ArrayList<>();
    private final StringBuilder trace = new StringBuilder();
    private Map<String, Job> rows = Map.of();
    private int starts;
    private int prefixes;
    private int results;

    Duel(StoreUnderTest under) {
        this.under = under;
        for (int slot = 0; slot < SLOTS; slot++) {
            workers.add("");
            start(slot);
        }
    }

    JobStore store() {
        return under.store();
    }

    // What happens

    /** Issues commands, then lets all that is open run to its end. */
    void run(List<Command> commands) {
        for (Command command : commands) {
            issue(command);
        }
        note("to the end:");
        for (int round = 0; isAnything(Duel::runs) || isAnything(ModelAdding::isOpenGroup); round++) {
            if (round > 100) {
                fail("%s%nThere is no end to it", trace);
            }
            for (Node group : jobs(ModelAdding::isOpenGroup)) {
                issue(duel -> duel.seal(group.name));
            }
            issue(new WorkerCommands.Claiming(round % SLOTS, 100));
            for (List<Settling> batch = running(); !batch.isEmpty(); batch = running()) {
                List<Settling> next = batch;
                issue(duel -> duel.settle(next));
            }
        }
        assertThat(jobs(Node::isOpen)).as("%s%nOpen when all was over", trace).isEmpty();
        assertThat(Invariants.readings(store(), model.jobs(), cast))
                .as("%s%nReadings", trace)
                .isEmpty();
    }

    private List<Settling> running() {
        return jobs(job -> job.status == JobStatus.PROCESSING).stream()
                .limit(Steps.MOST)
                .map(job -> Settling.complete(job, nextResult()))
                .toList();
    }

    private static boolean runs(Node job) {
        return job.status == JobStatus.PENDING || job.status == JobStatus.PROCESSING;
    }

    void issue(Command command) {
        try {
            command.issue(this);
        } catch (RuntimeException thrown) {
            throw new AssertionError(trace + System.lineSeparator() + thrown, thrown);
        }
        Map<String, Job> before = rows;
        rows = read();
        List<String> differences = Row.differences(rows, model.jobs(), cast);
        if (!differences.isEmpty()) {
            fail("%s%nRows that differ:%n%s", trace, String.join(System.lineSeparator(), differences));
        }
        List<String> broken = new Invariants(before, rows, model.jobs(), cast).broken(command.isByHand());
        assertThat(broken).as("%s%nWhat must not be", trace).isEmpty();
    }

    /** Says something to the store, and notes what it answers. */
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

    // Moves that several commands make

    /** @param call to be noted as it was made, to be repeated later */
    void add(List<Role> call, String what) {
        calls.add(call);
        List<String> answers = ask(what + " " + call, () -> {
            try {
                return store()
                        .add(call.stream().map(role -> role.encode(cast::id)).toList())
                        .stream()
                        .map(added -> added.outcome() + " " + cast.name(added.id()))
                        .toList();
            } catch (IllegalArgumentException senseless) {
                return List.of(ModelAdding.SENSELESS);
            }
        });
        checkAny(answers, model.add(call));
    }

    void seal(String name) {
        check(ask("seal " + name, () -> store().seal(cast.id(name), Locale.ENGLISH)), model.seal(name));
    }

    void settle(List<Settling> batch) {
        if (batch.isEmpty()) {
            return;
        }
        List<String> answers = ask("settle " + batch, () -> {
            try {
                return store()
                        .settle(batch.stream()
                                .map(settling -> settling.with(cast::id))
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

    /** A store may settle a batch in one step or in several: in any that lead to what it answers, and to its rows. */
    private void settled(List<Settling> batch, List<String> answers) {
        Map<String, Job> now = read();
        FamilyModel inOne = null;
        List<String> wanted = List.of();
        for (List<List<Settling>> steps : Steps.of(batch)) {
            FamilyModel candidate = model.copy();
            Map<Settling, String> each = new HashMap<>();
            for (List<Settling> step : steps) {
                List<Settled> its = candidate.settle(step);
                for (int i = 0; i < its.size(); i++) {
                    each.put(step.get(i), its.get(i).name());
                }
            }
            List<String> all = batch.stream().map(each::get).toList();
            if (all.equals(answers)
                    && Row.differences(now, candidate.jobs(), cast).isEmpty()) {
                model = candidate;
                return;
            }
            if (inOne == null) {
                inOne = candidate;
                wanted = all;
            }
        }
        model = inOne;
        check(answers, wanted);
    }

    private Map<String, Job> read() {
        Map<String, Job> read = new TreeMap<>();
        store().list(JobQuery.all().limit(MOST_ROWS)).forEach(job -> read.put(cast.name(job.id()), job));
        return read;
    }

    void claim(int slot, int limit) {
        String worker = workers.get(slot);
        ClaimRequest request = new ClaimRequest(
                cast.id(worker), List.of(NewJob.DEFAULT_QUEUE), limit, Set.of(Role.TYPE.name()), FamilyModel.CAP);
        int wanted = model.claimable(worker, limit);
        List<String> claimed = ask(
                "claim " + limit + " as " + worker,
                () -> store().claim(request).stream()
                        .map(Claim::of)
                        .map(claim -> cast.name(claim.jobId()))
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

    String otherWorker(int slot) {
        return worker(slot + 1);
    }

    /** A worker starts anew. */
    void start(int slot) {
        String worker = "W" + ++starts;
        workers.set(slot % SLOTS, worker);
        store().register(new WorkerInfo(cast.id(worker), worker, "localhost", 1), LEASE);
    }

    void age(Duration by) {
        under.age().accept(by);
    }

    // Drawing from what there is

    List<Node> jobs(Predicate<Node> which) {
        return model.jobs().all().stream().filter(which).toList();
    }

    private boolean isAnything(Predicate<Node> which) {
        return !jobs(which).isEmpty();
    }

    /**
     * One of these jobs by a drawn number; if there is none, one of all, or one that never was. Counted from the last one, so that
     * the same is chosen if what was before is left out.
     */
    String name(int draw, Predicate<Node> which) {
        List<Node> wanted = draw % 8 == 7 ? List.of() : jobs(which);
        List<Node> chosen = wanted.isEmpty() ? jobs(job -> true) : wanted;
        return chosen.isEmpty() || draw % 64 == 63
                ? "nobody's"
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
