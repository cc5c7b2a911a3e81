package io.forthwith.jdbc.internal.operations;

import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.jdbc.internal.rows.JobRowReader;
import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.IdOrder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.rules.ClaimOrderRule;
import io.forthwith.store.rules.JobMoves;
import io.forthwith.store.rules.SuspectJobRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds due jobs in the order of claims, without locks. Immutable and thread-safe.
 *
 * <p>A queue and a priority are a lane, in which the index of the ready jobs has the order of claims. Few lanes have jobs. So the number of
 * statements depends neither on how many queues a worker serves nor on how many types it has processors for: one statement finds the lanes
 * of its queues that have due jobs and are not paused; one finds a queue of undo jobs, of which there are none most of the time; and one reads the first
 * jobs of all lanes of a priority.
 */
final class DueJobs {
    /** The lanes that one statement reads. */
    private static final int MOST_LANES = 64;
    /** So many jobs of each lane are read at once, also if fewer would do if the lanes were even. */
    private static final int FEWEST_OF_LANE = 10;

    private static final String AFTER_UNDO = "undo;";

    private final SqlDialect dialect;
    private final JobRowReader rows;
    private final StatementText lanes;
    private final StatementText nextQueue;
    private final Map<Form, StatementText> jobs = new HashMap<>();

    /** @param lanes the query for the lanes with due jobs whose queue is not paused, with the queues as a parameter */
    DueJobs(SqlDialect dialect, JobRowReader rows, String lanes) {
        this.dialect = dialect;
        this.rows = rows;
        this.lanes = dialect.sql(lanes);
        // The order names all columns of the index: otherwise H2 would sort.
        this.nextQueue = dialect.sql("""
                SELECT queue FROM {job} WHERE status = 'pending' AND queue {above} AND queue < ?
                ORDER BY status, queue, priority, run_at, id LIMIT 1""");
        for (int number = 1; number <= MOST_LANES; number *= 2) {
            for (boolean goodIds : new boolean[] {false, true}) {
                put(new Form(number, Types.ALL, goodIds));
            }
        }
        for (boolean goodIds : new boolean[] {false, true}) {
            put(new Form(1, Types.SOME, goodIds));
            put(new Form(1, Types.REST, goodIds));
        }
    }

    private void put(Form form) {
        jobs.put(form, dialect.sql(form.text()));
    }

    /** The jobs of a lane that are looked for, and the condition with a list of types. */
    private enum Types {
        ALL(""),
        SOME(" AND type {in}"),
        /** All but those that are left to others. */
        REST(" AND NOT (type {in})");

        private final String condition;

        Types(String condition) {
            this.condition = condition;
        }

        static Types of(ClaimRequest request, Lane lane) {
            return request.onlyTypes() ? SOME : request.typesLeft(lane.queue()).isEmpty() ? ALL : REST;
        }
    }

    record Lane(String queue, int priority) {
        boolean isUndo() {
            return queue.startsWith(JobMoves.UNDO_QUEUE_PREFIX);
        }
    }

    record Due(UUID id, Instant runAt, int priority, boolean isUndo) {
        /** Of jobs of one priority. */
        private static final Comparator<Due> ORDER =
                Comparator.comparing(Due::runAt).thenComparing(Due::id, IdOrder.ASCENDING);

        static Comparator<Due> order(ClaimRequest request) {
            return ClaimOrderRule.order(request.ageing(), Due::isUndo, Due::priority, Due::runAt)
                    .thenComparing(Due::id, IdOrder.ASCENDING);
        }
    }

    /** A statement that reads some lanes; one with a list of types reads a single lane. */
    private record Form(int lanes, Types types, boolean goodIds) {
        /** A derived table for each lane: SQLite allows no other limit within a UNION. */
        String text() {
            String lane = """
                    SELECT * FROM (SELECT %d, id, run_at FROM {job}
                      WHERE status = 'pending' AND queue = ? AND priority = ? AND run_at <= {now} AND lost_workers < ?%s
                      ORDER BY status, queue, priority, run_at, id LIMIT ?) AS lane%d""";
            String condition = types.condition + (goodIds ? " AND {good_id}" : "");
            return IntStream.range(0, lanes)
                    .mapToObj(i -> lane.formatted(i, condition, i))
                    .collect(Collectors.joining(" UNION ALL "));
        }
    }

    /** The ids of the first due jobs of these lanes in the order of claims; fewer than {@code limit} only if there are no more. */
    List<UUID> find(Session session, ClaimRequest request, List<Lane> all, int limit) throws SQLException {
        if (request.ageing() != null) {
            return findAged(session, request, all, limit);
        }
        List<UUID> found = new ArrayList<>();
        for (int level = NewJob.HIGHEST_PRIORITY; level >= 0 && found.size() < limit; level--) {
            int priority = level;
            List<Lane> ofLevel =
                    all.stream().filter(lane -> lane.priority() == priority).toList();
            first(session, request, ofLevel, limit - found.size()).forEach(due -> found.add(due.id()));
        }
        return found;
    }

    /** Undo jobs and each priority may have all of the first jobs. */
    private List<UUID> findAged(Session session, ClaimRequest request, List<Lane> all, int limit) throws SQLException {
        List<Due> firsts = new ArrayList<>(
                first(session, request, all.stream().filter(Lane::isUndo).toList(), limit));
        for (int level = NewJob.HIGHEST_PRIORITY; level >= 0; level--) {
            int priority = level;
            List<Lane> ofLevel = all.stream()
                    .filter(lane -> lane.priority() == priority && !lane.isUndo())
                    .toList();
            firsts.addAll(first(session, request, ofLevel, limit));
        }
        // A list of its own: others may be added.
        return new ArrayList<>(firsts.stream()
                .sorted(Due.order(request))
                .limit(limit)
                .map(Due::id)
                .toList());
    }

    /** The lanes with due jobs, those of paused queues left out, and those of undo jobs. */
    List<Lane> lanes(Session session, ClaimRequest request) throws SQLException {
        // A list may be filled up with its last queue.
        Set<Lane> all = new LinkedHashSet<>(session.query(
                lanes, binder -> binder.texts(request.queues()), row -> new Lane(row.getString(1), row.getInt(2))));
        Optional<String> undo = queueAfter(session, JobMoves.UNDO_QUEUE_PREFIX);
        while (undo.isPresent()) {
            String queue = undo.get();
            if (request.types().contains(queue.substring(JobMoves.UNDO_QUEUE_PREFIX.length()))) {
                all.add(new Lane(queue, JobMoves.UNDO_PRIORITY));
            }
            undo = queueAfter(session, queue);
        }
        return List.copyOf(all);
    }

    private Optional<String> queueAfter(Session session, String queue) throws SQLException {
        return session.first(nextQueue, binder -> binder.text(queue).text(AFTER_UNDO), row -> row.getString(1));
    }

    /**
     * The first jobs of lanes of one priority. Of each lane it reads about its share first. What sorts behind the last
     * job read of a lane that has more is not certain; if that is needed, it reads these lanes to the limit.
     */
    private List<Due> first(Session session, ClaimRequest request, List<Lane> ofLevel, int limit) throws SQLException {
        if (ofLevel.isEmpty()) {
            return List.of();
        }
        int share = Math.min(limit, Math.max(FEWEST_OF_LANE, 2 * limit / ofLevel.size()));
        Map<Lane, List<Due>> read = read(session, request, ofLevel, share);
        if (share < limit) {
            List<Lane> full = ofLevel.stream()
                    .filter(lane -> read.getOrDefault(lane, List.of()).size() == share)
                    .toList();
            Optional<Due> certain = full.stream()
                    .map(lane -> read.getOrDefault(lane, List.of()).get(share - 1))
                    .min(Due.ORDER);
            if (certain.isPresent()
                    && merged(read).stream()
                                    .filter(due -> Due.ORDER.compare(due, certain.get()) <= 0)
                                    .count()
                            < limit) {
                read.putAll(read(session, request, full, limit));
            }
        }
        return merged(read).stream().limit(limit).toList();
    }

    private static List<Due> merged(Map<Lane, List<Due>> read) {
        return read.values().stream().flatMap(List::stream).sorted(Due.ORDER).toList();
    }

    private Map<Lane, List<Due>> read(Session session, ClaimRequest request, List<Lane> of, int limit)
            throws SQLException {
        Map<Lane, List<Due>> read = new HashMap<>();
        List<Lane> ofAllTypes = new ArrayList<>();
        for (Lane lane : of) {
            if (Types.of(request, lane) == Types.ALL) {
                ofAllTypes.add(lane);
            } else {
                // With a list of types in it, a statement for many lanes would be very long.
                readGood(session, request, List.of(lane), limit, read);
            }
        }
        for (int from = 0; from < ofAllTypes.size(); from += MOST_LANES) {
            readGood(
                    session,
                    request,
                    ofAllTypes.subList(from, Math.min(from + MOST_LANES, ofAllTypes.size())),
                    limit,
                    read);
        }
        return read;
    }

    private void readGood(Session session, ClaimRequest request, List<Lane> some, int limit, Map<Lane, List<Due>> into)
            throws SQLException {
        if (!read(session, request, some, limit, false, into)) {
            some.forEach(into::remove);
            read(session, request, some, limit, true, into);
        }
    }

    /** Returns false if one of them has an id that is none: it has taken the place of another job. */
    private boolean read(
            Session session,
            ClaimRequest request,
            List<Lane> some,
            int limit,
            boolean goodIds,
            Map<Lane, List<Due>> into)
            throws SQLException {
        int room = some.size() == 1 ? 1 : Integer.highestOneBit(some.size() - 1) << 1;
        Types types = Types.of(request, some.get(0));
        StatementText statement = Objects.requireNonNull(jobs.get(new Form(room, types, goodIds)));
        Binder.Params params = binder -> {
            for (int i = 0; i < room; i++) {
                Lane lane = some.get(Math.min(i, some.size() - 1));
                binder.text(lane.queue()).number(lane.priority()).number(SuspectJobRule.lastTryFrom(request));
                if (types != Types.ALL) {
                    binder.texts(types == Types.SOME ? request.typesTaken() : request.typesLeft(lane.queue()));
                }
                binder.number(i < some.size() ? limit : 0);
            }
        };
        List<Boolean> good = session.query(statement, params, row -> {
            Lane of = some.get(row.getInt(1));
            Due due = due(row, of);
            if (due != null) {
                into.computeIfAbsent(of, lane -> new ArrayList<>()).add(due);
            }
            return due != null;
        });
        return !good.contains(false);
    }

    private @Nullable Due due(ResultSet row, Lane lane) throws SQLException {
        UUID id = dialect.readId(row, 2);
        if (id == null) {
            rows.leaveOut(row.getString(2), JobStatus.PENDING.text());
            return null;
        }
        return new Due(id, dialect.time(row, 3), lane.priority(), lane.isUndo());
    }
}
