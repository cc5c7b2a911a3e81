package io.forthwith.jdbc.clusters;

import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.Sql;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.core.ConditionTimeoutException;

/** What has become of the jobs of a {@link Load}. */
final class Verdict {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final double BAR_SECONDS = 2;

    private final DataSource database;
    private final Load load;
    private final Set<UUID> forgotten;
    private double endedAfter;

    /**
     * @param database past all poolers
     * @param forgotten what was acknowledged and whose commit the promoted server never had
     */
    private Verdict(DataSource database, Load load, Set<UUID> forgotten) {
        this.database = database;
        this.load = load;
        this.forgotten = forgotten;
    }

    /** Stops the load, waits until all jobs have ended, says what has become of them, and fails if that is not as it must be. */
    static void check(String scenario, DataSource database, Load load, Set<UUID> forgotten, long backMillis)
            throws InterruptedException {
        load.stop();
        Verdict verdict = new Verdict(database, load, forgotten);
        verdict.awaitEnds();
        verdict.check(scenario, backMillis);
    }

    private void awaitEnds() {
        long begun = System.nanoTime();
        try {
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).until(() -> open().isEmpty());
        } catch (ConditionTimeoutException stuck) {
            // They are counted.
        }
        endedAfter = (System.nanoTime() - begun) / 1e9;
    }

    private Set<String> open() {
        return ids("SELECT id FROM job WHERE status IN ('pending', 'processing', 'waiting')");
    }

    private Set<String> ids(String query) {
        return Sql.query(database, query).stream()
                .map(row -> row.get(0))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void check(String scenario, long backMillis) {
        Set<UUID> missing = new HashSet<>(load.acknowledged());
        ids("SELECT id FROM job").forEach(id -> missing.remove(UUID.fromString(id)));
        Set<UUID> lost = new HashSet<>(missing);
        lost.removeAll(forgotten);
        Set<String> twice = ids("SELECT job_id FROM ended GROUP BY job_id HAVING count(*) > 1");
        twice.addAll(ids("SELECT job_id FROM effect GROUP BY job_id HAVING count(*) > 1"));
        Set<String> wrong = ids("SELECT j.id FROM job j WHERE status = 'completed' AND type = 'writing'"
                + " AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.job_id = j.id AND e.claim = j.claim)");
        wrong.addAll(ids("SELECT id FROM job WHERE status = 'completed' AND result_data IS NOT NULL AND "
                + Engine.of(database).isOfAnotherClaim()));
        List<List<String>> failed = Sql.query(
                database,
                "SELECT id, type, error_code, error_message FROM job WHERE status IN ('failed', 'cancelled')");
        Set<String> recurred = recurred();
        String takenOver = Sql.query(database, "SELECT coalesce(sum(lost_workers), 0) FROM job")
                .get(0)
                .get(0);
        double first = load.firstRunSince(backMillis).stream()
                .mapToDouble(at -> (at - backMillis) / 1e3)
                .findFirst()
                .orElse(Double.POSITIVE_INFINITY);
        System.out.printf(
                Locale.ROOT,
                "Clusters: %s: jobs %d, lost %d, never replicated %d, double %d, wrong %d, failed %d, stuck %d, claims that recurred"
                        + " %d, taken from the living %s, first job after %.2f s, all ended after %.1f s%n",
                scenario,
                load.acknowledged().size(),
                lost.size(),
                missing.size() - lost.size(),
                twice.size(),
                wrong.size(),
                failed.size(),
                open().size(),
                recurred.size(),
                takenOver,
                first,
                endedAfter);
        SoftAssertions softly = new SoftAssertions();
        softly.assertThat(lost).as("lost: acknowledged, and not there").isEmpty();
        softly.assertThat(missing)
                .as("exactly what was never replicated is missing")
                .isEqualTo(forgotten);
        softly.assertThat(twice).as("double: ended twice").isEmpty();
        softly.assertThat(wrong)
                .as("with the result or the rows of another claim")
                .isEmpty();
        softly.assertThat(failed).as("failed").isEmpty();
        softly.assertThat(open()).as("stuck").isEmpty();
        softly.assertThat(recurred).as("claims that were given out twice").isEmpty();
        softly.assertThat(takenOver).as("taken from workers that all live").isEqualTo("0");
        softly.assertThat(first).as("seconds to the first job").isLessThanOrEqualTo(BAR_SECONDS);
        softly.assertAll();
    }

    /** Attempts of the same job that had the same claim. */
    private Set<String> recurred() {
        Set<String> seen = new HashSet<>();
        return load.said("RAN ")
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .filter(claim -> !seen.add(claim))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
