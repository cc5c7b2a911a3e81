package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The relations of a new job: parent, children and predecessors. */
class NewJobRelationsTest {
    private static final JobType<String> TYPE = JobType.of("shot", String.class);
    private static final UUID OTHER = new UUID(7, 7);

    private final NewJob job = NewJob.of(TYPE, "x");

    @Test
    void has_no_relations_and_is_sealed_by_default() {
        assertThat(job.parentId()).isNull();
        assertThat(job.isFinisher()).isFalse();
        assertThat(job.isSealed()).isTrue();
        assertThat(job.onChildFailure()).isEqualTo(ChildFailurePolicy.FAIL_AT_ONCE);
        assertThat(job.cancelsOtherChildren()).isFalse();
        assertThat(job.predecessors()).isEmpty();
        assertThat(job.onPredecessorFailure()).isEqualTo(PredecessorFailurePolicy.FAIL);
    }

    @Test
    void keeps_its_relations_through_every_other_setting() {
        NewJob set = job.finisherOf(OTHER)
                .unsealed()
                .onChildFailure(ChildFailurePolicy.IGNORE)
                .cancelOtherChildren()
                .after(new UUID(1, 1))
                .onPredecessorFailure(PredecessorFailurePolicy.RUN)
                .id(new UUID(0, 5))
                .user("u")
                .project("p")
                .queue("q")
                .priority(1)
                .delay(Duration.ofSeconds(1))
                .uniqueKey("k")
                .maxAttempts(2)
                .timeLimit(Duration.ofSeconds(9))
                .locale(Locale.CHINESE);

        assertThat(set.parentId()).isEqualTo(OTHER);
        assertThat(set.isFinisher()).isTrue();
        assertThat(set.isSealed()).isFalse();
        assertThat(set.onChildFailure()).isEqualTo(ChildFailurePolicy.IGNORE);
        assertThat(set.cancelsOtherChildren()).isTrue();
        assertThat(set.predecessors()).containsExactly(new UUID(1, 1));
        assertThat(set.onPredecessorFailure()).isEqualTo(PredecessorFailurePolicy.RUN);
        assertThat(job.parentId()).as("of the job it was made from").isNull();
        assertThat(job.isSealed()).isTrue();
    }

    @Test
    void a_child_can_become_a_finisher_and_a_finisher_a_child() {
        NewJob parent = NewJob.of(TYPE, "parent");

        assertThat(job.parent(parent).parentId()).isEqualTo(parent.id());
        assertThat(job.parent(parent).isFinisher()).isFalse();
        assertThat(job.parent(OTHER).finisherOf(parent))
                .matches(second -> second.isFinisher() && parent.id().equals(second.parentId()));
        assertThat(job.finisherOf(parent).parent(OTHER))
                .matches(child -> !child.isFinisher() && OTHER.equals(child.parentId()));
    }

    @Test
    void names_each_predecessor_once_in_the_order_of_the_calls() {
        NewJob a = NewJob.of(TYPE, "a");
        NewJob b = NewJob.of(TYPE, "b");
        NewJob after =
                job.after(b, a).after(List.of(a, b)).after(OTHER).after(OTHER).after();

        assertThat(after.predecessors()).containsExactly(b.id(), a.id(), OTHER);
        assertThat(job.predecessors()).isEmpty();
        assertThatThrownBy(() -> after.predecessors().add(OTHER)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void a_job_made_from_another_shares_no_predecessors_with_it() {
        NewJob one = job.after(new UUID(1, 1));
        NewJob left = one.after(new UUID(1, 2));
        NewJob right = one.after(new UUID(1, 3));

        assertThat(one.predecessors()).containsExactly(new UUID(1, 1));
        assertThat(left.predecessors()).containsExactly(new UUID(1, 1), new UUID(1, 2));
        assertThat(right.predecessors()).containsExactly(new UUID(1, 1), new UUID(1, 3));
    }

    @Test
    void refuses_a_relation_to_itself_in_any_order_of_the_calls() {
        UUID id = job.id();

        assertThatThrownBy(() -> job.parent(job)).hasMessage("Job " + id + " cannot be its own parent");
        assertThatThrownBy(() -> job.finisherOf(job)).hasMessage("Job " + id + " cannot be its own finisher");
        assertThatThrownBy(() -> job.after(job)).hasMessage("Job " + id + " cannot wait for itself");
        assertThatThrownBy(() -> job.parent(OTHER).id(OTHER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Job " + OTHER + " cannot be its own parent");
        assertThatThrownBy(() -> job.finisherOf(OTHER).id(OTHER))
                .hasMessage("Job " + OTHER + " cannot be its own finisher");
        assertThatThrownBy(() -> job.after(OTHER).id(OTHER)).hasMessage("Job " + OTHER + " cannot wait for itself");
    }

    @Test
    void refuses_policies_that_are_null() {
        assertThatThrownBy(() -> job.onChildFailure(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> job.onPredecessorFailure(null)).isInstanceOf(NullPointerException.class);
    }
}
