package io.forthwith.store.kit.internal.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.forthwith.NewJob;
import io.forthwith.store.LongDueJob;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A store may leave out all jobs, and these tests with them. */
public abstract class OverdueContract {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    public abstract StoreFixture fixture();

    private List<LongDueJob> overdue() {
        return fixture().store.overdue(MINUTE);
    }

    private LongDueJob expected(NewJob job) {
        return new LongDueJob(
                job.queue(), job.type().name(), fixture().find(job).runAt());
    }

    @Test
    @DisplayName("of each queue and priority, the job that has been due longest is named with its type and the time")
    void first_of_each() {
        NewJob first = fixture().job().queue("a");
        NewJob urgent = fixture().job().queue("a").priority(9);
        NewJob lazy = fixture().job().queue("a").priority(0);
        NewJob other = fixture().job().queue("b:2");
        fixture().addAll(first, urgent, lazy, other);
        fixture().age(Duration.ofSeconds(1));
        fixture()
                .addAll(
                        fixture().job().queue("a"),
                        fixture().job().queue("a").priority(9),
                        fixture().job().queue("b:2"));
        fixture().age(MINUTE);
        assumeThat(overdue()).isNotEmpty();

        assertThat(overdue())
                .containsExactlyInAnyOrder(expected(first), expected(urgent), expected(lazy), expected(other));
    }

    @Test
    @DisplayName("jobs that run, wait, have ended, are not due yet, or have not been due for so long are not named")
    void others() {
        NewJob parent = fixture().job().queue("parents");
        fixture().addAll(parent, fixture().childOf(parent).queue("children"));
        fixture().add(fixture().job().queue("later").delay(Duration.ofHours(1)));
        fixture().add(fixture().job().queue("soon").delay(Duration.ofSeconds(10)));
        NewJob running = fixture().job();
        NewJob completed = fixture().job();
        fixture().addAll(running, completed);
        fixture().completes(completed);
        fixture().running(running);
        assertThat(overdue()).isEmpty();

        fixture().age(Duration.ofSeconds(65));
        assumeThat(overdue()).isNotEmpty();

        assertThat(overdue()).extracting(LongDueJob::queue).containsExactly("children");
        fixture().age(Duration.ofSeconds(10));
        assertThat(overdue()).extracting(LongDueJob::queue).containsExactlyInAnyOrder("children", "soon");
    }

    @Test
    @DisplayName("a job that was claimed is not named any more, and the next one of its queue is")
    void claimed() {
        NewJob first = fixture().job();
        fixture().add(first);
        fixture().age(Duration.ofSeconds(1));
        NewJob second = fixture().job();
        fixture().add(second);
        fixture().age(MINUTE);
        assumeThat(overdue()).isNotEmpty();
        assertThat(overdue()).containsExactly(expected(first));

        fixture().claimAs(fixture().register(), 1);

        assertThat(overdue()).containsExactly(expected(second));
    }

    @Test
    @DisplayName(
            "a job that is due later than the longest delay never comes, and is named so; one within it is not named")
    void never() {
        NewJob never = fixture().job().priority(2).delay(Duration.ofDays(36_500));
        NewJob late = fixture().job().queue("late").delay(Duration.ofDays(36_400));
        fixture().addAll(never, late);
        assertThat(overdue()).isEmpty();

        fixture().age(Duration.ofDays(-1));
        assumeThat(overdue()).isNotEmpty();

        assertThat(overdue())
                .containsExactly(new LongDueJob(
                        never.queue(),
                        never.type().name(),
                        fixture().find(never).runAt(),
                        true));
    }
}
