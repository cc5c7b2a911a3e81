package io.forthwith;

import static io.forthwith.JobStatus.CANCELLED;
import static io.forthwith.JobStatus.COMPLETED;
import static io.forthwith.JobStatus.FAILED;
import static io.forthwith.JobStatus.PENDING;
import static io.forthwith.JobStatus.PROCESSING;
import static io.forthwith.JobStatus.WAITING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobStatusTest {
    /** The table of transitions, written a second time on purpose. */
    private static final Map<JobStatus, Set<JobStatus>> TABLE = new EnumMap<>(Map.of(
            PENDING, EnumSet.of(PROCESSING, CANCELLED, FAILED),
            PROCESSING, EnumSet.of(COMPLETED, FAILED, PENDING, WAITING, CANCELLED),
            WAITING, EnumSet.of(PENDING, COMPLETED, FAILED, CANCELLED),
            COMPLETED, EnumSet.noneOf(JobStatus.class),
            FAILED, EnumSet.of(PENDING, WAITING),
            CANCELLED, EnumSet.of(PENDING, WAITING)));

    @Test
    void allows_exactly_the_transitions_of_the_table() {
        for (JobStatus from : JobStatus.values()) {
            for (JobStatus to : JobStatus.values()) {
                assertThat(from.canBecome(to))
                        .as(from + " to " + to)
                        .isEqualTo(TABLE.get(from).contains(to));
            }
        }
    }

    @Test
    void names_both_statuses_when_it_refuses_a_transition() {
        assertThat(PENDING.become(PROCESSING)).isEqualTo(PROCESSING);
        assertThatThrownBy(() -> COMPLETED.become(PENDING))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("A job that is completed cannot become pending");
    }

    @Test
    void is_open_until_it_has_ended() {
        Set<JobStatus> open = EnumSet.of(PENDING, PROCESSING, WAITING);
        for (JobStatus status : JobStatus.values()) {
            assertThat(status.isOpen()).as(status.text()).isEqualTo(open.contains(status));
            assertThat(status.isFinal()).as(status.text()).isNotEqualTo(open.contains(status));
        }
    }

    @Test
    void can_be_retried_by_hand_when_failed_or_cancelled() {
        Set<JobStatus> retryable = EnumSet.of(FAILED, CANCELLED);
        for (JobStatus status : JobStatus.values()) {
            assertThat(status.isRetryable()).as(status.text()).isEqualTo(retryable.contains(status));
        }
    }

    @Test
    void reads_and_writes_the_words_of_the_database() {
        for (JobStatus status : JobStatus.values()) {
            assertThat(JobStatus.parse(status.text())).isEqualTo(status);
        }
        assertThatThrownBy(() -> JobStatus.parse("running")).hasMessageContaining("\"running\" is not a job status");
    }
}
