package io.forthwith.studio.kills;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.ShotVideoProcessor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** The state of jobs, durable steps and ledger, read with SQL only. */
final class Books {
    private static final String PRICE = "CASE j.status WHEN 'completed' THEN CASE j.type"
            + " WHEN 'asset_image_generation' THEN " + AssetImageProcessor.PRICE
            + " WHEN 'shot_video_generation' THEN " + ShotVideoProcessor.PRICE + " ELSE 0 END ELSE 0 END";
    private static final String CHARGES = " LEFT JOIN credit_charge c ON split_part(c.charge_key, '~', 1) = j.id::text";
    private static final String PAID = "COALESCE(SUM(CASE c.state WHEN 'charged' THEN c.credits END), 0)";

    private final Rows rows;
    private final Path log;

    Books(DataSource database, Path log) {
        this.rows = new Rows(database);
        this.log = log;
    }

    /** The durability settings of the server. */
    String settings() {
        return "PostgreSQL, fsync, synchronous_commit: "
                + rows.texts("SELECT current_setting('server_version'), current_setting('fsync'),"
                        + " current_setting('synchronous_commit')");
    }

    /** What a killed process held. Call it before another worker has taken over. */
    Hits.Held heldBy(long pid) {
        String charge = "FROM job_step s LEFT JOIN credit_charge c"
                + " ON c.charge_key LIKE s.job_id || '~' || s.claim || '~%~' || s.name WHERE s.has_undo";
        String begun = charge
                + " AND s.job_id = j.id AND s.claim = j.claim AND s.finished_at IS NULL AND s.undo_job_id IS NULL";
        String undoing = charge + " AND s.undo_job_id = j.id AND s.undone_at IS NULL AND c.state = 'refunded'";
        List<Integer> counts = rows
                .texts(
                        "SELECT count(*),"
                                + " count(*) FILTER (WHERE EXISTS (SELECT 1 " + begun + ")),"
                                + " count(*) FILTER (WHERE EXISTS (SELECT 1 " + begun + " AND c.state = 'charged')),"
                                + " count(j.undoes),"
                                + " count(*) FILTER (WHERE EXISTS (SELECT 1 " + undoing + "))"
                                + " FROM job j JOIN job_worker w ON w.id = j.worker_id"
                                + " WHERE w.pid = ? AND j.status = 'processing'",
                        pid)
                .get(0)
                .stream()
                .map(Integer::valueOf)
                .toList();
        return new Hits.Held(counts.get(0), counts.get(1), counts.get(2), counts.get(3), counts.get(4));
    }

    /** The jobs that are not final, undo jobs included. */
    List<List<String>> open() {
        return rows.texts("SELECT id, type, status, error_message FROM job"
                + " WHERE status NOT IN ('completed', 'failed', 'cancelled') ORDER BY created_at LIMIT 20");
    }

    /** Numbers of jobs, episodes and credits, as one line. */
    String summary() {
        return rows.texts("SELECT count(*) FILTER (WHERE undoes IS NULL) || ' jobs: '"
                                + " || count(*) FILTER (WHERE undoes IS NULL AND status = 'completed') || ' completed, '"
                                + " || count(*) FILTER (WHERE undoes IS NULL AND status = 'failed') || ' failed ('"
                                + " || count(*) FILTER (WHERE error_code = 'worker_lost') || ' of them had lost their workers), '"
                                + " || count(*) FILTER (WHERE status = 'cancelled') || ' cancelled; '"
                                + " || COALESCE(SUM(lost_workers), 0) || ' taken over; '"
                                + " || count(*) FILTER (WHERE type = 'episode') || ' episodes, '"
                                + " || count(*) FILTER (WHERE type = 'episode' AND status = 'completed') || ' of them completed; '"
                                + " || count(undoes) || ' undo jobs' FROM job")
                        .get(0)
                        .get(0)
                + rows.texts(
                                "SELECT '; ' || SUM(credits) || ' credits charged, '"
                                        + " || SUM(credits) FILTER (WHERE state = 'refunded') || ' of them refunded, '"
                                        + " || count(*) FILTER (WHERE charged_at IS NULL) || ' keys forbidden' FROM credit_charge")
                        .get(0)
                        .get(0);
    }

    /** How many episodes have completed. */
    int films() {
        return rows.texts("SELECT id FROM job WHERE type = 'episode' AND status = 'completed'")
                .size();
    }

    /** The status of every episode follows from its jobs, and no job ran before its predecessors had completed. */
    void assertFamilies(int framesOfAFilm) {
        none(
                "episode with a status that does not follow from its jobs (id, status, jobs)",
                "SELECT e.id, e.status, string_agg(c.type || ' ' || c.status, ', ') FROM job e"
                        + " LEFT JOIN job c ON c.parent_id = e.id WHERE e.type = 'episode' GROUP BY e.id"
                        + " HAVING count(c.id) <> 5 OR CASE e.status"
                        + " WHEN 'completed' THEN bool_or(c.status <> 'completed')"
                        + " WHEN 'failed' THEN NOT bool_or(c.status = 'failed') ELSE bool_and(c.status = 'completed') END");
        none(
                "job that ran before its predecessor had completed (id, status, id and status of the predecessor)",
                "SELECT j.id, j.status, p.id, p.status FROM job_predecessor x JOIN job j ON j.id = x.job_id"
                        + " JOIN job p ON p.id = x.predecessor_id"
                        + " WHERE j.claim > 0 AND (p.status <> 'completed' OR p.completed_at > j.started_at)");
        String film = " JOIN job f ON f.parent_id = %s.%s AND f.type = 'final_video_export'";
        none(
                "film that was cut before all shots were filmed (id, status, id and status of the shot)",
                "SELECT f.id, f.status, s.id, s.status FROM job s" + film.formatted("s", "parent_id")
                        + " WHERE s.id <> f.id AND f.claim > 0"
                        + " AND (s.status <> 'completed' OR s.completed_at > f.started_at)");
        none(
                "episode with a result that is not its film (id, result, result of the film)",
                "SELECT e.id, e.result_data, f.result_data FROM job e" + film.formatted("e", "id")
                        + " WHERE e.status = 'completed' AND (e.result_data IS DISTINCT FROM f.result_data"
                        + " OR (e.result_data ->> 'frames')::int IS DISTINCT FROM " + framesOfAFilm + ")");
    }

    /** Every user has paid exactly for what was delivered. */
    void assertBalanced() {
        none(
                "job with a payment that does not match its status (id, type, status, price, paid)",
                "SELECT j.id, j.type, j.status, " + PRICE + ", " + PAID + " FROM job j" + CHARGES
                        + " WHERE j.undoes IS NULL GROUP BY j.id HAVING " + PAID + " <> " + PRICE);
        none(
                "job with more than one key that was charged",
                "SELECT j.id, j.status FROM job j" + CHARGES + " GROUP BY j.id HAVING count(c.charged_at) > 1");
        none(
                "key without a job, or charged to another user",
                "SELECT c.charge_key FROM credit_charge c"
                        + " LEFT JOIN job j ON split_part(c.charge_key, '~', 1) = j.id::text"
                        + " WHERE j.id IS NULL OR c.user_id <> j.user_id");
        none(
                "account with a wrong balance (user, opening, balance, paid)",
                "SELECT a.user_id, a.opening, a.balance, " + PAID + " FROM credit_account a"
                        + " LEFT JOIN credit_charge c ON c.user_id = a.user_id"
                        + " GROUP BY a.user_id HAVING a.opening - " + PAID + " <> a.balance");
        none("open job", "SELECT id, type, status FROM job WHERE status NOT IN ('completed', 'failed', 'cancelled')");
        none(
                "undo job that has not completed, or that undoes a completed job",
                "SELECT u.undoes, u.id, u.status, j.status FROM job u JOIN job j ON j.id = u.undoes"
                        + " WHERE u.status <> 'completed' OR j.status NOT IN ('failed', 'cancelled')");
        none("job undone twice", "SELECT undoes FROM job WHERE undoes IS NOT NULL GROUP BY undoes HAVING count(*) > 1");
        none(
                "step with a state that does not match the status of its job",
                "SELECT s.job_id, s.name, j.status, s.finished_at, s.undone_at FROM job_step s"
                        + " JOIN job j ON j.id = s.job_id WHERE CASE j.status"
                        + " WHEN 'completed' THEN s.finished_at IS NULL OR s.undo_job_id IS NOT NULL"
                        + " ELSE s.has_undo AND s.undone_at IS NULL END");
    }

    private void none(String what, String query) {
        List<List<String>> found = rows.texts(query);
        assertThat(found)
                .as(() -> found.size() + " × " + what + ": " + found + evidence(found))
                .isEmpty();
    }

    /** All rows about the first jobs in a list. The rows of the list begin with a job id. */
    private String evidence(List<List<String>> found) {
        List<String> lines = new ArrayList<>();
        for (List<String> row : found.subList(0, Math.min(5, found.size()))) {
            String id = row.get(0);
            lines.add("");
            for (String table : List.of(
                    "job j WHERE j.id::text",
                    "job j WHERE j.undoes::text",
                    "job_step j WHERE j.job_id::text",
                    "job_failure j WHERE j.job_id::text",
                    "credit_charge j WHERE split_part(charge_key, '~', 1)")) {
                rows.texts("SELECT row_to_json(j) FROM " + table + " = ?", id)
                        .forEach(json -> lines.add(table.split(" ", 2)[0] + " " + json));
            }
            lines.addAll(logged(id));
        }
        return String.join("\n", lines);
    }

    private List<String> logged(String id) {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(id)).toList();
        } catch (IOException gone) {
            return List.of("(no log: " + gone + ")");
        }
    }
}
