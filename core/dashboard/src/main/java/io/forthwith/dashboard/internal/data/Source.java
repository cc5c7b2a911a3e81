package io.forthwith.dashboard.internal.data;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.LabelName;
import io.forthwith.insight.QueueState;
import io.forthwith.insight.RegisteredWorker;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.store.JobStore;
import io.forthwith.store.LongDueJob;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.ScheduleStore;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditPage;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueDepth;
import io.forthwith.store.count.QueueTypes;
import io.forthwith.store.rules.ExpiryRule;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the pages read. What all viewers see alike is read once for all, and again when it is two seconds old; what takes many rows to read, when it is
 * eight seconds old. Thread-safe.
 */
public final class Source {
    public static final int MOST_JOBS = 1_000;
    /** Of more, it is said that there are at least so many. */
    public static final int MOST_COUNTED = 100_000;

    private static final Duration FRESH = Duration.ofSeconds(2);
    private static final Duration FRESH_SUMS = Duration.ofSeconds(8);
    private static final Duration LATE = Duration.ofMinutes(1);
    private static final Duration TWO_MINUTES = Duration.ofMinutes(2);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final JobStore store;
    private final JobClient jobs;
    private final ParallelReads reads;
    private final RecentSkips skips;
    private final History history;
    private final HourReads hours;
    private final ActCarrier carrier;

    public Source(JobStore store, ParallelReads reads) {
        this.store = store;
        this.jobs = JobClient.of(store);
        this.reads = reads;
        this.skips = new RecentSkips();
        this.history = new History();
        this.hours = new HourReads();
        this.carrier = new ActCarrier(store, reads);
    }

    private Source(Source same, ParallelReads reads) {
        this.store = same.store;
        this.jobs = same.jobs;
        this.reads = reads;
        this.skips = same.skips;
        this.history = same.history;
        this.hours = same.hours;
        this.carrier = same.carrier;
    }

    /** Returns a view of this source, whose reads let those pass that are asked soon after them. */
    public Source later() {
        return new Source(this, reads.later());
    }

    /** How long a page waits for all that it reads. */
    public Duration patience() {
        return reads.patience();
    }

    /** Begins to read for one viewer. */
    public <T> Asked<T> ask(Function<JobClient, T> read) {
        return reads.ask(() -> read.apply(jobs));
    }

    /** Begins to read for all viewers. Equal keys have values of one class. */
    <T> Asked<T> share(Object key, Function<JobClient, T> read) {
        return reads.sample(key, FRESH, () -> read.apply(jobs));
    }

    /** Begins to read many rows for all viewers. */
    private <T> Asked<T> sum(Object key, Function<JobClient, T> read) {
        return reads.sample(key, FRESH_SUMS, () -> read.apply(jobs));
    }

    /** How all queues stand, also those that a living worker serves and that have no jobs. */
    public Asked<List<QueueState>> queues() {
        return share("queues", client -> store.queues())
                .with(workers(), (known, workers) -> Serving.of(workers).with(known));
    }

    public Asked<List<RegisteredWorker>> workers() {
        return share("workers", JobClient::workers);
    }

    /** The first thousand schedules, by name. */
    public Asked<List<StoredSchedule>> schedules() {
        return sum(
                "schedules",
                client -> client.schedules().list().limit(MOST_JOBS).toList());
    }

    /** Up to so many schedules whose names come after this one; with {@code from} first, if there is such a schedule. */
    public Asked<List<StoredSchedule>> schedules(@Nullable String from, @Nullable String after, int most) {
        List<Object> key = Arrays.asList("schedules", from, after, most);
        return share(key, client -> {
            ScheduleStore schedules = store.schedules().orElseThrow(UnsupportedOperationException::new);
            List<StoredSchedule> page = new ArrayList<>();
            if (from != null) {
                schedules.find(from).ifPresent(page::add);
            }
            page.addAll(schedules.list(from != null ? from : after, most));
            return List.copyOf(page);
        });
    }

    /** Whether the store has limits. */
    public boolean hasLimits() {
        return store.limits().isPresent();
    }

    /** Whether the store keeps acts on many jobs. */
    public boolean hasActs() {
        return store.acts().isPresent();
    }

    /** The acts on many jobs; empty if the store does not keep them. */
    public Optional<ActStore> acts() {
        return store.acts();
    }

    /** Who has done what; empty if the store does not keep it. */
    public Optional<AuditStore> audit() {
        return store.audit();
    }

    /** Begins to carry on what is open, if this process does not do it already. Nobody waits for it. */
    public void carryOn() {
        carrier.begin();
    }

    /** Begins to read acts, the newest first, those before one of them; null for the first. */
    public Asked<List<BulkAct>> acts(@Nullable UUID before, int most) {
        List<Object> key = Arrays.asList("acts", before, most);
        return share(key, client -> actsOf().list(before, most));
    }

    /** Begins to read an act anew: somebody looks how far it has come. */
    public Asked<Optional<BulkAct>> act(UUID id) {
        return ask(client -> actsOf().find(id));
    }

    private ActStore actsOf() {
        return store.acts().orElseThrow(UnsupportedOperationException::new);
    }

    /** Begins to look into the audit. */
    public Asked<AuditPage> audit(@Nullable String who, @Nullable String subject, @Nullable UUID before, int most) {
        return ask(client ->
                store.audit().orElseThrow(UnsupportedOperationException::new).search(who, subject, before, most));
    }

    /** Whether the store finds jobs by labels. */
    public boolean hasLabels() {
        return store.labels().isPresent();
    }

    /** The names of labels. */
    public Asked<List<LabelName>> labels() {
        return share("labels", JobClient::labels);
    }

    /** Looks for a text as a label of the jobs of a query. */
    public Asked<MatchingLabels> labelled(JobQuery visible, String text) {
        return ask(client -> hasLabels() ? MatchingLabels.read(client, visible, text) : MatchingLabels.NONE);
    }

    /** The declared limits. */
    public Asked<List<Limit>> limits() {
        return share("limits", client -> client.limits().list());
    }

    /** How up to so many keys of a limit stand, those that come after one of them; null for the first. */
    public Asked<List<LimitState>> limitKeys(String name, @Nullable String after, int most) {
        List<Object> key = Arrays.asList("limit keys", name, after, most);
        return share(key, client -> client.limits().states(name, after, most));
    }

    /** How the first keys of one limit stand, where several limits are shown. */
    public Asked<List<LimitState>> firstLimitKeys(String name, int most) {
        return sum(
                List.of("first limit keys", name, most),
                client -> client.limits().states(name, null, most));
    }

    /** How a key of a limit stands, read anew: somebody may just have changed it. */
    public Asked<LimitStanding> limit(LimitKey key) {
        return ask(client -> LimitStanding.read(client, key));
    }

    /** The first jobs that wait for a key of a limit, and how many do. */
    public Asked<WaitingJobs> waitingJobs(LimitKey key, int atMost) {
        return share(
                List.of("waiting jobs", key, atMost), client -> client.limits().waitingJobs(key, atMost));
    }

    /** How the first keys of limits stand that are paused, for every page. */
    public Asked<List<LimitState>> pausedKeys(int most) {
        return sum(List.of("paused keys", most), client -> client.limits().paused(most));
    }

    /** Up to so many sequences whose jobs wait behind one that has failed, those that come after one of them; null for the first. */
    public Asked<List<BlockedSequence>> blockedSequences(@Nullable String after, int most) {
        List<Object> key = Arrays.asList("blocked sequences", after, most);
        return share(key, client -> client.limits().blocked(after, most));
    }

    /** The first sequences whose jobs wait behind one that has failed, for every page. */
    public Asked<List<BlockedSequence>> firstBlockedSequences(int most) {
        return sum(
                List.of("first blocked sequences", most),
                client -> client.limits().blocked(null, most));
    }

    /** What this process has seen schedules skip. */
    public RecentSkips skips() {
        return skips;
    }

    /** The jobs with these ids that exist, as far as they are read in time. */
    public Asked<JobsById> find(Collection<UUID> ids) {
        List<UUID> wanted = List.copyOf(ids);
        return share(
                List.of("find", wanted),
                client ->
                        JobsById.read(client, wanted, patience().multipliedBy(3).dividedBy(5)));
    }

    /** The jobs that run, newest first, up to a thousand. */
    public Asked<JobPage> running() {
        return share(
                "running",
                client -> client.search(
                        JobQuery.all().status(JobStatus.PROCESSING).atMost(MOST_JOBS)));
    }

    /** What waits in one queue, by type. */
    public Asked<QueueTypes> types(String queue) {
        return sum(List.of("types", queue), client -> store.types(queue));
    }

    /** The jobs that have run for a minute or longer, up to a thousand of those that have run longest. */
    public Asked<List<Job>> longRunning() {
        return sum("long running", client -> store.longRunning(LATE, MOST_JOBS));
    }

    /** The groups that have been open for an hour or longer, up to a thousand of those that have been so longest. */
    public Asked<List<Job>> openGroups() {
        return sum("open groups", client -> store.openGroups(HOUR, MOST_JOBS));
    }

    /** How many jobs wait for others: as a worker has counted them within the last two minutes; where none has, up to a thousand of the newest. */
    public Asked<BoundedCount> countOfWaiting(Instant now) {
        return sum(
                "count of waiting",
                client -> store.outcomes()
                        .map(counts -> counts.depths(now.minus(TWO_MINUTES), now.plus(LATE)))
                        .filter(depths -> !depths.isEmpty())
                        .map(Source::waiting)
                        .orElseGet(() -> newestWaiting(client)));
    }

    private static BoundedCount waiting(List<QueueDepth> depths) {
        Instant last = depths.get(depths.size() - 1).at();
        return depths.stream()
                .filter(each -> each.at().equals(last))
                .map(QueueDepth::waiting)
                .reduce(BoundedCount.NONE, BoundedCount::plus);
    }

    private static BoundedCount newestWaiting(JobClient client) {
        JobPage page = client.search(JobQuery.all().status(JobStatus.WAITING).atMost(MOST_JOBS));
        return new BoundedCount(page.jobs().size(), page.next() == null);
    }

    /** How many jobs a query selects, up to a hundred thousand. */
    public Asked<BoundedCount> countOf(JobQuery query) {
        return sum(List.of("count", query), client -> client.countUpTo(query, MOST_COUNTED));
    }

    /**
     * How many jobs of a query have this status, of which a store may have no index: where it would have to look at many, it is not counted, and {@link BoundedCount#isExact} is false.
     */
    public Asked<BoundedCount> countOfEnded(JobQuery query, JobStatus status) {
        JobQuery ended = query.status(status);
        return sum(List.of("count of ended", ended), client -> {
            boolean areFew = client.countUpTo(query, JobPage.MOST_LOOKED_AT).isExact();
            BoundedCount count = store.countUpTo(ended, MOST_COUNTED, areFew ? JobPage.MOST_LOOKED_AT : 1);
            return count.isExact() || count.jobs() == MOST_COUNTED ? count : new BoundedCount(0, false);
        });
    }

    /** How many jobs that were enqueued in the last hour have failed because none started in time; once a minute. */
    public Asked<BoundedCount> expired(Instant now) {
        JobQuery query = JobQuery.all()
                .status(JobStatus.FAILED)
                .errorCode(ExpiryRule.CODE)
                .since(now.truncatedTo(ChronoUnit.MINUTES).minus(HOUR));
        return reads.sample(List.of("expired", query), LATE, () -> jobs.countUpTo(query, MOST_COUNTED));
    }

    /** Of each queue, what has been due for a minute or longer. */
    public Asked<List<LongDueJob>> overdue() {
        return sum("overdue", client -> store.overdue(LATE));
    }

    /** How attempts ended in the last hour; the beginning is cut to the minute, so that viewers share what is read. */
    public Asked<LastHourOutcomes> lastHour(Instant now) {
        Instant to = now.truncatedTo(ChronoUnit.MINUTES).plus(LATE);
        return sum(
                "last hour",
                client ->
                        new LastHourOutcomes(hours.read(counts(), to.minus(LATE).minus(HOUR), to, now)));
    }

    /**
     * How attempts ended since then; of more than an hour, by hours, and without queues and types. Of more than a day, every second day is read on its own,
     * so that both connections take part.
     */
    public List<Asked<List<JobOutcomes>>> outcomes(Duration span, Instant now) {
        Instant to = now.truncatedTo(ChronoUnit.MINUTES).plus(LATE);
        Instant from = to.minus(LATE).minus(span);
        if (span.equals(HOUR)) {
            return List.of(lastHour(now).map(LastHourOutcomes::counts));
        }
        if (span.compareTo(DAY) <= 0) {
            return List.of(sum(List.of("outcomes", span), client -> counts().readHours(from, to)));
        }
        List<Instant> days = History.days(from, to);
        return Stream.of(0, 1)
                .map(odd -> days.stream()
                        .filter(day -> day.getEpochSecond() / DAY.toSeconds() % 2 == odd)
                        .toList())
                .map(some -> sum(List.of("outcomes", some), client -> history.read(counts(), some, to)))
                .toList();
    }

    /** The hour in which the time begins starts before it, but the store has added up only its minutes since then. */
    private static JobOutcomes at(JobOutcomes hour, Instant since) {
        return hour.from().isBefore(since)
                ? ReadModelFactory.jobOutcomes(
                        since,
                        hour.span(),
                        hour.queue(),
                        hour.type(),
                        hour.outcome(),
                        hour.jobs(),
                        hour.waits(),
                        hour.runs())
                : hour;
    }

    private OutcomeStore counts() {
        return store.outcomes().orElseThrow(UnsupportedOperationException::new);
    }

    /** How many jobs waited in each queue, in the minutes of the last hour. */
    public Asked<List<QueueDepth>> depths(Instant now) {
        Instant to = now.truncatedTo(ChronoUnit.MINUTES).plus(LATE);
        return sum("depths", client -> counts().depths(to.minus(HOUR), to));
    }

    /** Why attempts failed in the time before now. */
    public Asked<FailureCauseCounts> failedAttempts(Duration span, Instant now) {
        Instant to = now.truncatedTo(ChronoUnit.MINUTES).plus(LATE);
        return sum(List.of("failed attempts", span), client -> {
            OutcomeStore counts = counts();
            Instant since = FailureCauseCounts.since(span, to);
            List<JobOutcomes> counted = span.compareTo(HOUR) > 0
                    ? history.read(counts, History.days(since, to), to)
                    : counts.readHours(since, to).stream()
                            .map(each -> at(each, since))
                            .toList();
            return FailureCauseCounts.read(counts, counted, since, to);
        });
    }

    /** The newest attempts that failed because of one cause. */
    public Asked<List<FailedAttempt>> attempts(JobFailures cause, Instant since, Instant now, int atMost) {
        Instant to = now.truncatedTo(ChronoUnit.MINUTES).plus(LATE);
        return share(
                List.of("attempts", cause.fingerprint(), since, atMost),
                client -> counts().attempts(cause, since, to, atMost));
    }

    /** The newest jobs that failed since a time, up to five thousand, for all viewers. */
    public Asked<Failures> failures(JobQuery query) {
        return sum(query, client -> Failures.read(client, query));
    }
}
