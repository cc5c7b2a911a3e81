package io.forthwith.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.NewJob;
import io.forthwith.dashboard.internal.view.Concerns;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.insight.WorkerInfo;
import io.forthwith.store.ClaimRequest;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A job seems to hang")
class LongRunsTest {
    private final Stand stand = new Stand();
    private final WorkerInfo worker = stand.worker("one", List.of("default"), List.of("mail"));

    private UUID running(@Nullable Duration limit) {
        NewJob job = NewJob.of(Stand.MAIL, "x");
        UUID id = stand.jobs.enqueue(limit == null ? job : job.timeLimit(limit)).id();
        stand.store.claim(new ClaimRequest(worker.id(), List.of("default"), 1, Set.of("mail"), 3));
        return id;
    }

    /** Attempts that ran up to 8 ms, while the job runs. */
    private void ended(long jobs) {
        stand.ended("default", "mail", Outcome.COMPLETED, jobs, 1);
    }

    private List<String> needs() {
        View view = stand.view();
        return stand.concerns().list().stream()
                .map(concern -> Stand.words(concern.sentence(view).toString()).strip())
                .toList();
    }

    @Test
    @DisplayName("if it runs longer than twice its time limit, and a minute longer")
    void limit() {
        running(Duration.ofMinutes(2));
        UUID shorter = running(Duration.ofSeconds(10));
        stand.later(Duration.ofSeconds(70));
        assertThat(needs()).isEmpty();

        stand.later(Duration.ofSeconds(1));
        assertThat(needs())
                .containsExactly("A job of type mail on worker one seems to hang: it has run for 1 min 11 s");
        assertThat(stand.page("workers")).contains("Its time limit is 10 s.").containsOnlyOnce("Its time limit");
        assertThat(stand.concerns().list()).extracting(Concerns.Concern::link).containsExactly("job?id=" + shorter);

        stand.later(Duration.ofMinutes(2).plusSeconds(49));
        assertThat(needs()).hasSize(1);
        stand.later(Duration.ofSeconds(1));
        assertThat(needs())
                .containsExactly("2 jobs on worker one seem to hang; one of type mail has run for 4 min 1 s");
    }

    @Test
    @DisplayName("if it runs for five minutes and more than ten times as long as most of at least twenty of its type")
    void most() {
        running(null);
        stand.later(Duration.ofMinutes(5).minusSeconds(1));
        ended(20);
        assertThat(needs()).isEmpty();

        stand.later(Duration.ofSeconds(1));
        assertThat(needs()).hasSize(1).first().asString().contains("mail", "5 min");
        assertThat(stand.text("workers"))
                .contains("one ⚠ seems to hang", "In the last hour, 95 % of its type ran for up to 8 ms.")
                .doesNotContain("● alive");
        assertThat(stand.text("")).contains("one ⚠ seems to hang", "1 thing needs you");
    }

    @Test
    @DisplayName("not if fewer than twenty of its type were measured")
    void few() {
        running(null);
        stand.later(Duration.ofMinutes(30));
        ended(19);
        assertThat(needs()).isEmpty();

        // What was read before is fresh for some seconds.
        stand.later(Duration.ofMinutes(1));
        ended(1);

        assertThat(needs()).hasSize(1);
    }

    @Test
    @DisplayName("not if jobs of its type run as long")
    void slow() {
        running(null);
        stand.later(Duration.ofMinutes(10));
        stand.ended("default", "mail", Outcome.COMPLETED, 100, 1, Duration.ofMinutes(1));
        assertThat(needs()).isEmpty();

        stand.later(Duration.ofMinutes(10));
        assertThat(needs()).as("after more than ten times as long").hasSize(1);
    }

    @Test
    @DisplayName("which a worker that is silent has anyway")
    void silent() {
        running(Duration.ofSeconds(1));
        stand.later(Duration.ofDays(2));

        assertThat(needs()).noneMatch(need -> need.contains("hang")).anyMatch(need -> need.contains("silent"));
    }
}
