package io.forthwith.dashboard.internal.view;

import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.NextRuns;
import io.forthwith.dashboard.internal.data.Reads.Asked;
import io.forthwith.dashboard.internal.data.Serving;
import io.forthwith.dashboard.internal.data.SkipMemory;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Html;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.Words;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.QueueState;
import io.forthwith.internal.NameRules;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.LimitKey;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.OverdueJob;
import io.forthwith.store.WorkerState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What somebody has to look after. Immutable.
 *
 * @param list each with a link to where it is seen
 * @param notes what is worth knowing, but needs nobody: somebody has meant it, or it is over
 * @param isKnown whether all was read: otherwise there may be more
 */
public record Concerns(List<Concern> list, List<Concern> notes, boolean isKnown) {
    private static final Duration OLD = Duration.ofMinutes(5);
    private static final Duration OPEN_FOR_LONG = Duration.ofHours(1);
    private static final long FEW_FAILURES = 5;
    private static final double MANY_FAIL = 0.2;
    private static final int LONGEST = 120;
    private static final int MOST_BLOCKED = 10;

    /**
     * One of them.
     *
     * @param key of its sentence
     * @param link to the page that shows it
     * @param values of the sentence: texts from the store, numbers and durations for people, and numbers that decide between singular and plural
     */
    public record Concern(String key, String link, List<Object> values) {
        public Node sentence(View view) {
            return Sentence.of(
                    view,
                    key,
                    values.stream()
                            .map(value -> value instanceof Number ? value : Html.foreign(value.toString()))
                            .toArray());
        }
    }

    /** What has begun to be read, for all pages alike. */
    public record Reading(
            Asked<List<QueueState>> queues,
            Asked<List<WorkerState>> workers,
            Asked<List<OverdueJob>> overdue,
            Asked<List<StoredSchedule>> schedules,
            Asked<JobPage> waiting,
            Asked<List<JobOutcomes>> outcomes,
            Asked<List<BlockedSequence>> blocked,
            LongRuns.Reading runs) {
        public static Reading begin(Source source, Instant now) {
            return new Reading(
                    source.queues(),
                    source.workers(),
                    source.overdue(),
                    source.schedules(),
                    source.waiting(),
                    source.lastHour(now),
                    source.firstBlockedSequences(MOST_BLOCKED),
                    LongRuns.Reading.begin(source, now));
        }
    }

    /** Waits for what was read, and looks through it. */
    public static Concerns of(View view, Reading reading) {
        Answer<List<QueueState>> queues = view.await(reading.queues);
        Answer<List<WorkerState>> workers = view.await(reading.workers);
        Answer<List<OverdueJob>> overdue = view.await(reading.overdue);
        Answer<List<StoredSchedule>> schedules = view.await(reading.schedules);
        Answer<JobPage> waiting = view.await(reading.waiting);
        Answer<List<JobOutcomes>> outcomes = view.await(reading.outcomes);
        Answer<List<BlockedSequence>> blocked = view.await(reading.blocked);
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
        finder.queues(allQueues, unserved);
        finder.failures(outcomes.or(List.of()));
        finder.blocked(blocked.or(List.of()));
        if (waiting.value() != null) {
            finder.groups(waiting.value().jobs());
        }
        finder.schedules(schedules.or(List.of()));
        finder.skips(schedules);
        boolean isKnown = Stream.of(queues, workers, overdue, schedules, waiting, outcomes, blocked, running)
                .allMatch(answer -> answer.problem() == null || answer.problem() == Answer.Problem.NOT_KEPT);
        return new Concerns(List.copyOf(finder.found), List.copyOf(finder.notes), isKnown);
    }

    /** The sentence that says how things stand. */
    public String sentence(View view) {
        if (!list.isEmpty()) {
            return view.say("health.concerns", list.size());
        }
        return view.say(isKnown ? "health.well" : "health.unknown");
    }

    /** A word for the style sheet. */
    public String tone() {
        return !list.isEmpty() ? "bad" : isKnown ? "good" : "unknown";
    }

    private record Finder(View view, List<Concern> found, List<Concern> notes) {
        void add(String key, String link, Object... values) {
            found.add(concern(key, link, values));
        }

        private static Concern concern(String key, String link, Object... values) {
            return new Concern(
                    key,
                    link,
                    Stream.of(values)
                            .map(value -> value instanceof Number ? value : Words.cut(value.toString(), LONGEST))
                            .toList());
        }

        /** Returns the queues that it has named. */
        Set<String> unserved(Serving serving, List<QueueState> queues) {
            long due = queues.stream().mapToLong(QueueState::due).sum();
            if (serving.alive().isEmpty()) {
                if (due > 0) {
                    boolean isExact = queues.stream().allMatch(queue -> queue.due() < QueueState.MOST);
                    add("concern.noWorker", view.link("workers"), view.words().number(due, isExact), due);
                }
                return Set.of();
            }
            List<QueueState> unserved = queues.stream()
                    .filter(queue -> queue.due() > 0 && queue.pause() == null)
                    .filter(queue -> !queue.queue().startsWith(NameRules.UNDO))
                    .filter(queue -> serving.isUnserved(queue.queue()))
                    .toList();
            unserved.forEach(
                    queue -> add("concern.unserved", view.link("queues"), queue.queue(), due(queue), queue.due()));
            return unserved.stream().map(QueueState::queue).collect(Collectors.toSet());
        }

        private String due(QueueState queue) {
            return view.words().number(queue.due(), queue.due() < QueueState.MOST);
        }

        void workers(List<WorkerState> workers) {
            for (WorkerState worker : workers) {
                String name = worker.info().name();
                if (!worker.isAlive()) {
                    Instant beat = worker.lastBeatAt() == null ? worker.leaseEndsAt() : worker.lastBeatAt();
                    add(
                            "concern.silent",
                            view.link("workers"),
                            name,
                            view.words().duration(Duration.between(beat, view.now())));
                } else if (worker.load() != null && worker.load().degraded()) {
                    add("concern.degraded", view.link("workers"), name);
                }
            }
        }

        void hanging(Serving serving, LongRuns runs) {
            for (WorkerState worker : serving.alive()) {
                List<LongRuns.LongRun> hanging = runs.on(worker.info().id());
                if (!hanging.isEmpty()) {
                    LongRuns.LongRun longest = hanging.get(0);
                    add(
                            "concern.hangs",
                            view.link("job", "id", longest.job().id()),
                            worker.info().name(),
                            longest.job().type(),
                            view.words().duration(longest.ran()),
                            hanging.size());
                }
            }
        }

        void types(Serving serving, List<OverdueJob> overdue) {
            TreeSet<String> unknown = new TreeSet<>();
            TreeSet<String> neverComes = new TreeSet<>();
            for (OverdueJob job : overdue) {
                if (!serving.alive().isEmpty()
                        && !job.type().startsWith(NameRules.UNDO)
                        && !serving.knows(job.type())) {
                    unknown.add(job.type());
                }
                if (job.neverComes()) {
                    neverComes.add(job.type());
                }
            }
            neverComes.forEach(type -> add("concern.neverComes", pending("type", type), type));
            unknown.forEach(type -> add("concern.unknownType", pending("type", type), type));
        }

        private String pending(String name, String value) {
            return view.link("jobs", name, value, "status", "pending");
        }

        /** That jobs wait where nobody serves them says nothing new. */
        void queues(List<QueueState> queues, Set<String> unserved) {
            for (QueueState queue : queues) {
                if (queue.pause() != null && queue.due() > 0) {
                    notes.add(concern("note.paused", view.link("queues"), queue.queue(), due(queue), queue.due()));
                }
                Duration age = queue.oldestAge();
                if (age == null || !isOld(queue) || unserved.contains(queue.queue())) {
                    continue;
                }
                String key = queue.queue().startsWith(NameRules.UNDO) ? "concern.undo" : "concern.old";
                add(
                        key,
                        pending("queue", queue.queue()),
                        queue.queue().startsWith(NameRules.UNDO)
                                ? queue.queue().substring(NameRules.UNDO.length())
                                : queue.queue(),
                        view.words().duration(age));
            }
        }

        void failures(List<JobOutcomes> outcomes) {
            long failed = count(outcomes, JobOutcomes.Outcome.FAILED);
            long completed = count(outcomes, JobOutcomes.Outcome.COMPLETED);
            if (failed >= FEW_FAILURES && failed > MANY_FAIL * (failed + completed)) {
                add(
                        "concern.failures",
                        view.link("failures", "span", "24h"),
                        view.words().number(failed),
                        view.words().number(failed + completed));
            }
        }

        private static long count(List<JobOutcomes> outcomes, JobOutcomes.Outcome kind) {
            return outcomes.stream()
                    .filter(each -> each.outcome() == kind)
                    .mapToLong(JobOutcomes::jobs)
                    .sum();
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
                    first.key(),
                    first.type(),
                    view.words().number(blocked.size(), blocked.size() < MOST_BLOCKED),
                    blocked.size());
        }

        void groups(List<Job> waiting) {
            waiting.stream()
                    .filter(job ->
                            job.relations().isParent() && !job.relations().isSealed())
                    .filter(job -> Duration.between(job.createdAt(), view.now()).compareTo(OPEN_FOR_LONG) > 0)
                    .forEach(job -> add(
                            "concern.unsealed",
                            view.link("job", "id", job.id()),
                            job.type(),
                            view.words().duration(Duration.between(job.createdAt(), view.now()))));
        }

        void schedules(List<StoredSchedule> schedules) {
            for (StoredSchedule schedule : schedules) {
                Instant next = schedule.progress().nextAt();
                String link = ScheduleLinks.link(view, schedule.name());
                if (schedule.isHeld()) {
                    continue;
                }
                if (schedule.progress().error() != null) {
                    add(
                            "concern.scheduleError",
                            link,
                            schedule.name(),
                            view.redacted(schedule.progress().error()));
                } else if (next != null && NextRuns.isLate(next, view.now())) {
                    add(
                            "concern.scheduleLate",
                            link,
                            schedule.name(),
                            view.words().duration(Duration.between(next, view.now())));
                }
            }
        }

        void skips(Answer<List<StoredSchedule>> schedules) {
            List<StoredSchedule> read = schedules.value();
            Instant at = schedules.at();
            if (read == null || at == null) {
                return;
            }
            SkipMemory skips = view.source().skips();
            skips.see(read, at);
            for (StoredSchedule schedule : read) {
                long skipped = skips.skipped(schedule, view.now());
                if (skipped > 0) {
                    notes.add(concern(
                            "note.skipped", ScheduleLinks.link(view, schedule.name()), schedule.name(), skipped));
                }
            }
        }
    }

    /** Whether a job of a queue that is not paused has been due for long. */
    public static boolean isOld(QueueState queue) {
        Duration age = queue.oldestAge();
        return age != null && age.compareTo(OLD) >= 0 && queue.pause() == null;
    }
}
