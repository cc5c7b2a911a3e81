package io.forthwith.dashboard.internal.view;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.FailureCauseCounts;
import io.forthwith.dashboard.internal.data.LastHourOutcomes;
import io.forthwith.dashboard.internal.data.NextRuns;
import io.forthwith.dashboard.internal.data.OutcomesByMinute;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.RecentSkips;
import io.forthwith.dashboard.internal.data.Serving;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Html;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.internal.NameRules;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.LongDueJob;
import io.forthwith.store.rules.ExpiryRule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What somebody has to look after. Immutable.
 *
 * @param list each with a link to where it is seen
 * @param notes what is worth knowing, but needs nobody: somebody has meant it, or it is over
 * @param isKnown whether all was read: otherwise there may be more
 * @param isCounted whether the store counts how attempts end
 */
public record Concerns(List<Concern> list, List<Concern> notes, boolean isKnown, boolean isCounted) {
    private static final Duration OLD = Duration.ofMinutes(5);
    static final long FEW_FAILURES = 5;
    private static final double MANY_FAIL = 0.2;
    static final Duration LATELY = Duration.ofMinutes(10);
    static final Duration HOUR = Duration.ofHours(1);
    /** Of more of one kind, one line says how many there are. */
    private static final int MOST_LINES = 3;
    /** Of so many queues, a store may have left some out. */
    private static final int MANY_QUEUES = 200;

    private static final int LONGEST = 120;
    private static final int MOST_BLOCKED = 10;
    private static final int MOST_PAUSED = 20;

    /**
     * One of them.
     *
     * @param key of its sentence
     * @param link to the page that shows it
     * @param values of the sentence: texts from the store, numbers and durations for people, and numbers that decide between singular and plural
     */
    public record Concern(String key, String link, List<Object> values) {
        static Concern of(String key, String link, Object... values) {
            return new Concern(
                    key,
                    link,
                    Stream.of(values)
                            .map(value -> value instanceof Number ? value : PageTexts.cut(value.toString(), LONGEST))
                            .toList());
        }

        public Node sentence(View view) {
            return Sentence.of(
                    view,
                    key,
                    values.stream()
                            .map(value -> value instanceof Number ? value : Html.foreign(value.toString()))
                            .toArray());
        }
    }

    /**
     * What has begun to be read, for all pages alike: first two that are short, since a page that asks next waits for them, then those that take
     * longest, so that none of them is left for the end.
     */
    public record Reading(
            Asked<List<RegisteredWorker>> workers,
            Asked<List<LimitState>> pausedKeys,
            Asked<LastHourOutcomes> outcomes,
            LongRuns.Reading runs,
            Asked<BoundedCount> expired,
            Asked<FailureCauseCounts> failures,
            Asked<List<QueueState>> queues,
            Asked<List<LongDueJob>> overdue,
            Asked<List<StoredSchedule>> schedules,
            Asked<List<Job>> groups,
            Asked<List<BlockedSequence>> blocked) {
        public static Reading begin(Source source, Instant now) {
            return new Reading(
                    source.workers(),
                    source.pausedKeys(MOST_PAUSED),
                    source.lastHour(now),
                    LongRuns.Reading.begin(source, now),
                    source.expired(now),
                    source.failedAttempts(LATELY, now),
                    source.queues(),
                    source.overdue(),
                    source.schedules(),
                    source.openGroups(),
                    source.firstBlockedSequences(MOST_BLOCKED));
        }
    }

    /** Waits for what was read, and looks through it. */
    public static Concerns of(View view, Reading reading) {
        Answer<List<QueueState>> queues = view.await(reading.queues);
        Answer<List<RegisteredWorker>> workers = view.await(reading.workers);
        Answer<List<LongDueJob>> overdue = view.await(reading.overdue);
        Answer<List<StoredSchedule>> schedules = view.await(reading.schedules);
        Answer<List<Job>> groups = view.await(reading.groups);
        Answer<LastHourOutcomes> outcomes = view.await(reading.outcomes);
        Answer<FailureCauseCounts> failures = view.await(reading.failures);
        Answer<List<BlockedSequence>> blocked = view.await(reading.blocked);
        Answer<List<LimitState>> pausedKeys = view.await(reading.pausedKeys);
        Answer<BoundedCount> expired = view.await(reading.expired);
        Answer<List<Job>> running = view.await(reading.runs.running());
        Finder finder = new Finder(view, new ArrayList<>(), new ArrayList<>());
        List<QueueState> allQueues = queues.or(List.of());
        Set<String> unserved = Set.of();
        if (workers.value() != null) {
            Serving serving = Serving.of(workers.value());
            unserved = finder.unserved(serving, allQueues);
            finder.workers(workers.value());
            finder.hanging(serving, LongRuns.of(view, reading.runs));
            finder.types(serving, overdue.or(List.of()));
        }
        finder.queues(allQueues, unserved, since(view, queues));
        finder.failures(outcomes.or(LastHourOutcomes.NONE), failures.value());
        finder.expired(expired.or(BoundedCount.NONE));
        finder.blocked(blocked.or(List.of()));
        finder.pausedKeys(pausedKeys.or(List.of()));
        finder.groups(groups.or(List.of()));
        finder.schedules(schedules.or(List.of()));
        finder.skips(schedules);
        boolean isCounted = outcomes.problem() != Answer.Problem.NOT_KEPT;
        boolean isKnown = Stream.of(
                        queues,
                        workers,
                        overdue,
                        schedules,
                        groups,
                        outcomes,
                        failures,
                        blocked,
                        pausedKeys,
                        expired,
                        running)
                .allMatch(answer -> answer.problem() == null || answer.problem() == Answer.Problem.NOT_KEPT);
        return new Concerns(List.copyOf(finder.found), List.copyOf(finder.notes), isKnown, isCounted);
    }

    /** How much older than its ages a value is that could not be read anew. */
    private static Duration since(View view, Answer<?> answer) {
        return answer.problem() == null || answer.at() == null
                ? Duration.ZERO
                : Duration.between(answer.at(), view.now());
    }

    /** The sentence that says how things stand. */
    public String sentence(View view) {
        if (!list.isEmpty()) {
            return view.say(isKnown ? "health.concerns" : "health.concerns.atLeast", list.size());
        }
        return view.say(isKnown ? "health.well" : "health.unknown");
    }

    /** What is well, if nothing is wrong. */
    public String detail(View view) {
        return !isKnown
                ? view.say("health.unknown.detail")
                : view.say("health.well.detail") + (isCounted ? " " + view.say("health.well.attempts") : "");
    }

    /** A word for the style sheet. */
    public String tone() {
        return !list.isEmpty() ? "bad" : isKnown ? "good" : "unknown";
    }

    private record Finder(View view, List<Concern> found, List<Concern> notes) {
        void add(String key, String link, Object... values) {
            found.add(Concern.of(key, link, values));
        }

        /** One cause is one line: many queues wait because of it, or many types fail. */
        void addAll(List<Concern> all, Supplier<Concern> many) {
            addAll(found, all, many);
        }

        private static void addAll(List<Concern> found, List<Concern> all, Supplier<Concern> many) {
            if (all.size() > MOST_LINES) {
                found.add(many.get());
            } else {
                found.addAll(all);
            }
        }

        /** How many there are, and what is said of the first one. */
        private static Concern many(String key, String link, List<Concern> all) {
            List<Object> values = new ArrayList<>();
            values.add(all.size());
            values.addAll(all.get(0).values());
            return new Concern(key, link, values);
        }

        /** Returns the queues that it has named. */
        Set<String> unserved(Serving serving, List<QueueState> queues) {
            BoundedCount due = sum(queues, QueueState::due);
            if (serving.alive().isEmpty()) {
                if (due.jobs() > 0) {
                    add("concern.noWorker", view.link("workers"), view.words().number(due), due.jobs());
                }
                return queues.stream().map(QueueState::queue).collect(Collectors.toSet());
            }
            List<QueueState> unserved = queues.stream()
                    .filter(queue -> queue.due().jobs() > 0 && queue.pause() == null)
                    .filter(queue -> !queue.queue().startsWith(NameRules.UNDO))
                    .filter(queue -> serving.isUnserved(queue.queue()))
                    .toList();
            String link = view.link("queues");
            List<Concern> all = unserved.stream()
                    .map(queue -> Concern.of(
                            "concern.unserved",
                            link,
                            queue.queue(),
                            due(queue),
                            queue.due().jobs()))
                    .toList();
            addAll(all, () -> many("concern.unserved.many", link, all));
            return unserved.stream().map(QueueState::queue).collect(Collectors.toSet());
        }

        private String due(QueueState queue) {
            return view.words().number(queue.due());
        }

        void workers(List<RegisteredWorker> workers) {
            String link = view.link("workers");
            List<Concern> silent = new ArrayList<>();
            List<Concern> degraded = new ArrayList<>();
            List<RegisteredWorker> byName = workers.stream()
                    .sorted(Comparator.comparing(worker -> worker.info().name()))
                    .toList();
            for (RegisteredWorker worker : byName) {
                String name = worker.info().name();
                if (!worker.isAlive() || Marks.isLate(worker, view.now())) {
                    Instant beat = worker.lastBeatAt() == null ? worker.leaseEndsAt() : worker.lastBeatAt();
                    silent.add(Concern.of(
                            "concern.silent", link, name, view.words().duration(Duration.between(beat, view.now()))));
                } else if (worker.load() != null && worker.load().isDegraded()) {
                    degraded.add(Concern.of("concern.degraded", link, name));
                }
            }
            addAll(silent, () -> many("concern.silent.many", link, silent));
            addAll(degraded, () -> many("concern.degraded.many", link, degraded));
        }

        void hanging(Serving serving, LongRuns runs) {
            List<Concern> all = new ArrayList<>();
            for (RegisteredWorker worker : serving.alive()) {
                List<LongRuns.LongRun> hanging = runs.on(worker.info().id());
                if (!hanging.isEmpty()) {
                    LongRuns.LongRun longest = hanging.get(0);
                    all.add(Concern.of(
                            "concern.hangs",
                            view.link("job", "id", longest.job().id()),
                            worker.info().name(),
                            longest.job().type(),
                            view.words().duration(longest.ran()),
                            hanging.size()));
                }
            }
            addAll(all, () -> many("concern.hangs.many", view.link("workers"), all));
        }

        void types(Serving serving, List<LongDueJob> overdue) {
            TreeSet<String> unknown = new TreeSet<>();
            TreeSet<String> neverComes = new TreeSet<>();
            for (LongDueJob job : overdue) {
                if (!serving.alive().isEmpty()
                        && !job.type().startsWith(NameRules.UNDO)
                        && !serving.knows(job.type())) {
                    unknown.add(job.type());
                }
                if (job.neverComes()) {
                    neverComes.add(job.type());
                }
            }
            types("concern.neverComes", neverComes);
            types("concern.unknownType", unknown);
        }

        private void types(String key, TreeSet<String> types) {
            List<Concern> all = types.stream()
                    .map(type -> Concern.of(key, pending("type", type), type))
                    .toList();
            addAll(all, () -> many(key + ".many", view.link("jobs", "status", "pending"), all));
        }

        private String pending(String name, String value) {
            return view.link("jobs", name, value, "status", "pending");
        }

        /** That jobs wait where nobody serves them says nothing new. */
        void queues(List<QueueState> queues, Set<String> unserved, Duration since) {
            String link = view.link("queues");
            List<Concern> paused = queues.stream()
                    .filter(queue -> queue.pause() != null && queue.due().jobs() > 0)
                    .map(queue -> Concern.of(
                            "note.paused",
                            link,
                            queue.queue(),
                            due(queue),
                            queue.due().jobs()))
                    .toList();
            addAll(notes, paused, () -> many("note.paused.many", link, paused));
            List<QueueState> old = queues.stream()
                    .filter(queue -> isOld(queue) && !unserved.contains(queue.queue()))
                    .sorted(Comparator.comparing(Finder::age).reversed())
                    .toList();
            addAll(
                    old.stream().map(queue -> old(queue, since)).toList(),
                    () -> Concern.of(
                            "concern.old.many",
                            link,
                            old.size(),
                            old.get(0).queue(),
                            view.words().duration(age(old.get(0)).plus(since))));
        }

        private Concern old(QueueState queue, Duration since) {
            boolean isUndo = queue.queue().startsWith(NameRules.UNDO);
            return Concern.of(
                    isUndo ? "concern.undo" : "concern.old",
                    pending("queue", queue.queue()),
                    isUndo ? queue.queue().substring(NameRules.UNDO.length()) : queue.queue(),
                    view.words().duration(age(queue).plus(since)));
        }

        private static Duration age(QueueState queue) {
            Duration age = queue.oldestAge();
            return age == null ? Duration.ZERO : age;
        }

        /** Attempts count, not only ends: a type of which every attempt fails may have no job that has failed for good yet. */
        void failures(LastHourOutcomes hour, @Nullable FailureCauseCounts reasons) {
            List<FailingType> failing = FailingType.all(hour, view.now());
            List<Concern> all = failing.stream()
                    .map(each -> each.concern(view, each.time().equals(LATELY) ? reasons : ofHour()))
                    .toList();
            addAll(all, () -> many("concern.attempts.many", view.link("failures", "span", "1h"), all));
            Set<String> named = failing.stream().map(FailingType::type).collect(Collectors.toSet());
            long failed = 0;
            long completed = 0;
            for (Map.Entry<String, OutcomesByMinute> type :
                    hour.byType(view.now()).entrySet()) {
                if (!named.contains(type.getKey())) {
                    failed += type.getValue().failed();
                    completed += type.getValue().completed();
                }
            }
            if (failed >= FEW_FAILURES && failed > MANY_FAIL * (failed + completed)) {
                add(
                        failing.isEmpty() ? "concern.failures" : "concern.failures.others",
                        view.link("failures", "span", "24h"),
                        view.words().number(failed),
                        view.words().number(failed + completed));
            }
        }

        /** Only where it is needed, which is seldom. */
        private @Nullable FailureCauseCounts ofHour() {
            return view.await(view.source().failedAttempts(HOUR, view.now())).value();
        }

        /** Jobs that expire fail without an attempt, so no count of attempts has them. */
        void expired(BoundedCount expired) {
            if (expired.jobs() >= FEW_FAILURES) {
                add(
                        "concern.expired",
                        view.link("jobs", "status", "failed", "code", ExpiryRule.CODE, "since", "1h"),
                        view.words().number(expired));
            }
        }

        /** One thing, however many there are: each has a row on the page of limits. */
        void blocked(List<BlockedSequence> blocked) {
            if (blocked.isEmpty()) {
                return;
            }
            BlockedSequence first = blocked.get(0);
            LimitKey key = blocked.size() > 1 ? null : LimitMarks.read(LimitKey.SEQUENCE + ":" + first.key());
            add(
                    "concern.blocked",
                    key == null ? view.link("limits", "name", LimitKey.SEQUENCE) : LimitMarks.link(view, key),
                    LimitMarks.sequenceText(view, first.key()),
                    first.type(),
                    view.words().number(blocked.size(), blocked.size() < MOST_BLOCKED),
                    blocked.size());
        }

        /** Somebody has meant it, and may have forgotten it. */
        void pausedKeys(List<LimitState> keys) {
            List<Concern> all = keys.stream()
                    .filter(key -> key.waiting() > 0)
                    .map(key -> Concern.of(
                            "note.pausedKey",
                            LimitMarks.link(view, key.key()),
                            LimitMarks.shown(view, key.key()),
                            view.words().number(key.waiting(), key.waiting() < LimitState.MOST),
                            key.waiting()))
                    .toList();
            addAll(
                    notes,
                    all,
                    () -> Concern.of(
                            "note.pausedKey.many",
                            view.link("limits"),
                            view.words().number(all.size(), keys.size() < MOST_PAUSED),
                            all.get(0).values().get(0)));
        }

        void groups(List<Job> groups) {
            List<Concern> open = groups.stream()
                    .map(job -> Concern.of(
                            "concern.unsealed",
                            view.link("job", "id", job.id()),
                            job.type(),
                            view.words().duration(Duration.between(job.createdAt(), view.now()))))
                    .toList();
            addAll(open, () -> many("concern.unsealed.many", view.link("jobs", "status", "waiting"), open));
        }

        void schedules(List<StoredSchedule> schedules) {
            List<Concern> wrong = new ArrayList<>();
            List<Concern> late = new ArrayList<>();
            for (StoredSchedule schedule : schedules) {
                Instant next = schedule.progress().nextAt();
                String link = ScheduleLinks.link(view, schedule.name());
                if (schedule.isHeld()) {
                    continue;
                }
                if (schedule.progress().error() != null) {
                    wrong.add(Concern.of(
                            "concern.scheduleError",
                            link,
                            schedule.name(),
                            view.redacted(schedule.progress().error())));
                } else if (next != null && NextRuns.isLate(next, view.now())) {
                    late.add(Concern.of(
                            "concern.scheduleLate",
                            link,
                            schedule.name(),
                            view.words().duration(Duration.between(next, view.now()))));
                }
            }
            String link = view.link("schedules");
            addAll(wrong, () -> many("concern.scheduleError.many", link, wrong));
            addAll(late, () -> many("concern.scheduleLate.many", link, late));
        }

        void skips(Answer<List<StoredSchedule>> schedules) {
            List<StoredSchedule> read = schedules.value();
            Instant at = schedules.at();
            if (read == null || at == null) {
                return;
            }
            RecentSkips skips = view.source().skips();
            skips.see(read, at);
            List<Concern> skipping = new ArrayList<>();
            for (StoredSchedule schedule : read) {
                long skipped = skips.skipped(schedule, view.now());
                if (skipped > 0) {
                    skipping.add(Concern.of(
                            "note.skipped", ScheduleLinks.link(view, schedule.name()), schedule.name(), skipped));
                }
            }
            addAll(notes, skipping, () -> many("note.skipped.many", view.link("schedules"), skipping));
        }
    }

    /** How many jobs all queues have. Of very many queues a store leaves some out. */
    public static BoundedCount sum(List<QueueState> queues, Function<QueueState, BoundedCount> part) {
        BoundedCount sum = queues.stream().map(part).reduce(BoundedCount.NONE, BoundedCount::plus);
        return new BoundedCount(sum.jobs(), sum.isExact() && queues.size() < MANY_QUEUES);
    }

    /** Whether a job of a queue that is not paused has been due for long. */
    public static boolean isOld(QueueState queue) {
        Duration age = queue.oldestAge();
        return age != null && age.compareTo(OLD) >= 0 && queue.pause() == null;
    }
}
