package io.forthwith.memory;

import io.forthwith.ActResult;
import io.forthwith.BulkResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.insight.JobPage;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.BulkControl;
import io.forthwith.store.JobStore;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditEntry;
import io.forthwith.store.act.AuditPage;
import io.forthwith.store.act.AuditStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Acts and the audit in memory. They end with the process, as the jobs do, so there is nothing to lose half-way: each job is done by the call for single jobs.
 * Thread-safe.
 */
final class InMemoryActs implements ActStore, AuditStore {
    private final JobStore jobs;
    private final Supplier<Instant> now;
    private final NavigableMap<UUID, Row> acts = new TreeMap<>(InMemoryRows.ID_ORDER);
    private final NavigableMap<UUID, AuditEntry> entries = new TreeMap<>(InMemoryRows.ID_ORDER);

    InMemoryActs(JobStore jobs, Supplier<Instant> now) {
        this.jobs = jobs;
        this.now = now;
    }

    /** @param parts how many were done */
    private record Row(NewAct asked, BulkAct stands, int parts) {
        Row with(BulkAct.State state, BulkResult progress, @Nullable Instant endedAt, @Nullable String stoppedBy) {
            BulkAct next = new BulkAct(
                    stands.id(),
                    stands.what(),
                    stands.query(),
                    stands.until(),
                    stands.total(),
                    stands.author(),
                    state,
                    progress,
                    stands.createdAt(),
                    endedAt,
                    stoppedBy);
            return new Row(asked, next, parts + 1);
        }
    }

    @Override
    public synchronized boolean begin(NewAct act) {
        Instant at = now();
        if (acts.containsKey(act.id())) {
            return false;
        }
        NewAct asked = act.beginning(at);
        BulkAct begun = new BulkAct(
                act.id(),
                act.deed().text(),
                BulkAct.queryText(act.query()),
                Objects.requireNonNull(asked.until()),
                act.total(),
                act.author(),
                BulkAct.State.OPEN,
                BulkResult.NONE,
                at,
                null,
                null);
        acts.put(act.id(), new Row(asked, begun, 0));
        write(act.author(), begun.what(), act.id(), List.of(), "begun");
        return true;
    }

    @Override
    public synchronized Optional<BulkAct> find(UUID id) {
        return Optional.ofNullable(acts.get(id)).map(Row::stands);
    }

    @Override
    public synchronized List<BulkAct> list(@Nullable UUID before, int atMost) {
        forgetOld();
        return below(acts, before).map(Row::stands).limit(atMost).toList();
    }

    private static <T> Stream<T> below(NavigableMap<UUID, T> rows, @Nullable UUID before) {
        return (before == null ? rows : rows.headMap(before, false)).descendingMap().values().stream();
    }

    @Override
    public synchronized boolean stop(UUID id, Author by) {
        Row act = acts.get(id);
        if (act == null || act.stands.state() != BulkAct.State.OPEN) {
            return false;
        }
        acts.put(id, act.with(BulkAct.State.STOPPED, act.stands.progress(), now(), by.who()));
        write(by, act.stands.what(), id, List.of(), "stopped");
        return true;
    }

    @Override
    public synchronized Remaining carryOn() {
        Row act = acts.values().stream()
                .filter(each -> each.stands.state() == BulkAct.State.OPEN)
                .min(Comparator.comparingInt(Row::parts))
                .orElse(null);
        if (act == null) {
            return Remaining.NOTHING;
        }
        UUID id = act.stands.id();
        BulkResult before = act.stands.progress();
        JobQuery query = act.asked.query().atMost(PART);
        JobPage page = jobs.search(before.next() == null ? query : query.before(before.next()), JobPage.MOST_LOOKED_AT);
        List<String> done = new ArrayList<>();
        BulkResult part = BulkResult.NONE;
        for (Job listed : page.jobs()) {
            // It may have ended with a parent of the same page.
            Job job = jobs.find(listed.id()).filter(act.asked::isAbout).orElse(null);
            if (job != null) {
                UUID meant = meant(act.asked, job);
                BulkResult more = one(act.asked.deed(), meant);
                if (more.done() > 0) {
                    done.add(meant.toString());
                }
                part = part.and(LibraryOnly.KEY, more);
            }
        }
        UUID next = page.next() == null ? null : page.next().before();
        BulkResult progress = before.and(LibraryOnly.KEY, part).goingOnFrom(LibraryOnly.KEY, next);
        if (part.done() > 0 || !part.skipped().isEmpty()) {
            write(act.stands.author(), act.stands.what(), id, done, ActStore.answer(part));
        }
        acts.put(
                id,
                next == null
                        ? act.with(BulkAct.State.DONE, progress, now(), null)
                        : act.with(BulkAct.State.OPEN, progress, null, null));
        return Remaining.MORE;
    }

    /** A job of a family that is cancelled as a whole stands for the one at its top. */
    private UUID meant(NewAct act, Job job) {
        return act.deed().kind() == Deed.Kind.CANCEL
                ? BulkControl.toCancelFor(job, act.query(), jobs::find).id()
                : job.id();
    }

    private BulkResult one(Deed deed, UUID id) {
        return switch (deed.kind()) {
            case RETRY -> BulkResult.NONE.and(LibraryOnly.KEY, jobs.retry(id));
            case CANCEL -> BulkResult.NONE.and(LibraryOnly.KEY, jobs.cancel(id, deed.locale()));
            case CHANGE -> BulkResult.NONE.and(LibraryOnly.KEY, jobs.change(id, Objects.requireNonNull(deed.change())));
        };
    }

    @Override
    public ActResult actOn(UUID job, Deed deed, Author by) {
        ActResult answer = switch (deed.kind()) {
            case RETRY -> jobs.retry(job);
            case CANCEL -> jobs.cancel(job, deed.locale());
            case CHANGE -> jobs.change(job, Objects.requireNonNull(deed.change()));
        };
        record(by, deed.text(), List.of(job.toString()), deed.answer(answer));
        return answer;
    }

    @Override
    public synchronized void record(Author by, String what, List<String> subjects, String answer) {
        write(by, what, null, subjects, answer);
    }

    private void write(Author by, String what, @Nullable UUID act, List<String> subjects, String answer) {
        forgetOld();
        Instant at = now();
        UUID id = AuditEntry.idAt(at);
        entries.put(id, new AuditEntry(id, at, by, what, act, subjects, answer));
    }

    @Override
    public synchronized AuditPage search(
            @Nullable String who, @Nullable String subject, @Nullable UUID before, int atMost) {
        forgetOld();
        List<AuditEntry> found = below(entries, before)
                .filter(each -> who == null || who.equals(each.author().who()))
                .filter(each -> subject == null || each.subjects().contains(subject))
                .limit(atMost)
                .toList();
        AuditEntry last = found.size() < atMost ? null : found.get(found.size() - 1);
        return new AuditPage(found, last == null ? null : last.id(), last == null ? null : last.at());
    }

    private void forgetOld() {
        Instant kept = now().minus(KEPT);
        entries.values().removeIf(each -> each.at().isBefore(kept));
        acts.values()
                .removeIf(each ->
                        each.stands.endedAt() != null && each.stands.endedAt().isBefore(kept));
    }

    private Instant now() {
        return now.get().truncatedTo(ChronoUnit.MICROS);
    }
}
