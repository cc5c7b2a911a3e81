package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.job.JobsToSpawn;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SpawnedJobsTest {
    private static final JobType<String> TYPE = JobType.of("shot", String.class);
    private static final UUID SPAWNER = new UUID(0, 1);

    private final List<NewJob> checked = new ArrayList<>();
    private Consumer<NewJob> check = checked::add;
    private final JobsToSpawn spawned = new JobsToSpawn(SPAWNER, job -> check.accept(job));

    private static NewJob job() {
        return NewJob.of(TYPE, "x");
    }

    private void add(NewJob... jobs) {
        spawned.add(List.of(jobs));
    }

    private void assertRefused(String message, NewJob... jobs) {
        List<NewJob> before = spawned.jobs();
        assertThatThrownBy(() -> add(jobs))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThat(spawned.jobs()).isEqualTo(before);
    }

    @Test
    void jobs_without_a_parent_become_children_and_keep_their_order() {
        NewJob a = job();
        NewJob b = job();
        NewJob below = job().parent(a);
        add(a, below);
        add(b);

        assertThat(spawned.jobs()).extracting(NewJob::id).containsExactly(a.id(), below.id(), b.id());
        assertThat(spawned.jobs()).extracting(NewJob::parentId).containsExactly(SPAWNER, a.id(), SPAWNER);
        assertThat(a.parentId()).as("the job itself").isNull();
        assertThat(checked).as("shown as they are taken").isEqualTo(spawned.jobs());
    }

    @Test
    void adds_all_or_none_and_adds_them_when_tried_again() {
        NewJob good = job();
        NewJob second = job().finisherOf(SPAWNER);
        NewJob bad = job();
        check = job -> {
            if (job.id().equals(bad.id())) {
                throw new IllegalArgumentException("cannot be stored");
            }
        };
        assertRefused("cannot be stored", good, second, bad);

        add(good, second);

        assertThat(spawned.jobs()).hasSize(2);
    }

    @Test
    void does_not_check_the_input_of_a_job_that_it_refuses() {
        NewJob once = job();
        add(once);
        checked.clear();

        assertRefused("Job " + once.id() + " is spawned twice", once);
        assertThat(checked).isEmpty();
    }

    @Test
    void refuses_the_spawning_job_itself() {
        assertRefused("Job " + SPAWNER + " cannot spawn itself", job().id(SPAWNER));
        assertRefused(
                "Job " + SPAWNER + " cannot spawn itself", job().parent(job()).id(SPAWNER));
    }

    @Test
    void refuses_one_job_twice_in_one_call_or_two() {
        NewJob once = job();
        assertRefused("Job " + once.id() + " is spawned twice", once, once.priority(1));
        add(once);
        assertRefused("Job " + once.id() + " is spawned twice", job(), once);
    }

    @Test
    void refuses_a_parent_that_is_added_later_or_never() {
        NewJob parent = job();
        NewJob child = job().parent(parent);
        String message = "Job " + child.id() + " names the parent " + parent.id()
                + ", which was not spawned before it: spawn a parent first, then its children";
        assertRefused(message, child, parent);
        assertRefused(message, child);
    }

    @Test
    void refuses_a_predecessor_that_is_added_later_or_never() {
        NewJob first = job();
        NewJob then = job().after(first);
        String message = "Job " + then.id() + " comes after job " + first.id()
                + ", which was not spawned before it: spawned jobs wait for each other only, the earlier one first";
        assertRefused(message, then, first);
        NewJob waits = job().after(SPAWNER);
        assertRefused(
                "Job " + waits.id() + " comes after job " + SPAWNER
                        + ", which was not spawned before it: spawned jobs wait for each other only, the earlier one first",
                waits);
    }

    @Test
    void refuses_a_second_finisher_of_any_parent() {
        NewJob parent = job();
        NewJob again = job();
        add(parent, job().finisherOf(parent));
        spawned.add(List.of(job().finisherOf(SPAWNER)));

        assertRefused(
                "Job " + again.id() + " would be the second one to finish job " + parent.id()
                        + ": a parent has one finisher",
                again.finisherOf(parent));
        assertThatThrownBy(() -> spawned.add(List.of(again.finisherOf(SPAWNER))))
                .hasMessage("Job " + again.id() + " would be the second one to finish job " + SPAWNER
                        + ": a parent has one finisher");
    }

    @Test
    void refuses_a_finisher_that_is_a_parent_or_a_group() {
        NewJob parent = job();
        NewJob second = job().finisherOf(parent);
        NewJob child = job().parent(second);
        NewJob group = job().unsealed();
        add(parent, second);

        assertRefused(
                "Job " + child.id() + " cannot be a child of job " + second.id()
                        + ", which finishes another one: let that spawn children when it runs",
                child);
        assertThatThrownBy(() -> spawned.add(List.of(group.finisherOf(SPAWNER))))
                .hasMessage("Job " + group.id() + " cannot finish job " + SPAWNER
                        + ": an unsealed group never runs itself");
    }

    @Test
    void refuses_predecessors_of_parents_and_finishers() {
        NewJob first = job();
        NewJob parent = job().after(first);
        NewJob child = job().parent(parent);
        NewJob group = job().unsealed().after(first);
        NewJob last = job().after(first);
        add(first, parent);

        assertRefused(
                "Job " + child.id() + " cannot be a child of job " + parent.id()
                        + ", which comes after others: let the children come after them",
                child);
        assertRefused(
                "Job " + group.id()
                        + " cannot come after others: an unsealed group never runs itself; let its children come"
                        + " after them",
                group);
        assertThatThrownBy(() -> spawned.add(List.of(last.finisherOf(SPAWNER))))
                .hasMessage("Job " + last.id() + " cannot come after others: it finishes job " + SPAWNER
                        + ", and so comes after all its children");
    }

    @Test
    void the_finisher_is_a_child_of_the_job_whatever_parent_it_named_before() {
        NewJob second = job().parent(job());
        spawned.add(List.of(second.finisherOf(SPAWNER)));

        assertThat(spawned.jobs()).singleElement().matches(job -> job.isFinisher() && SPAWNER.equals(job.parentId()));
    }

    @Test
    void uses_the_policies_that_were_set_or_else_those_of_the_job() {
        JobRelations own = JobRelations.NONE
                .at(LibraryOnly.KEY, 3)
                .policies(LibraryOnly.KEY, ChildFailurePolicy.FAIL_AT_END, false);
        assertThat(spawned.policies(own))
                .isEqualTo(own.parent(LibraryOnly.KEY, true, ChildFailurePolicy.FAIL_AT_END, false));
        assertThat(spawned.policies(own.policies(LibraryOnly.KEY, ChildFailurePolicy.IGNORE, true)))
                .isEqualTo(own.parent(LibraryOnly.KEY, true, ChildFailurePolicy.IGNORE, true));

        spawned.onChildFailure(ChildFailurePolicy.IGNORE);
        spawned.cancelOtherChildren();

        assertThat(spawned.policies(own)).isEqualTo(own.parent(LibraryOnly.KEY, true, ChildFailurePolicy.IGNORE, true));
    }

    @Test
    void adds_many_jobs_one_by_one() {
        NewJob last = job();
        add(last);
        for (int i = 0; i < 100_000; i++) {
            NewJob next = job().after(last);
            add(next);
            last = next;
        }

        assertThat(spawned.jobs()).hasSize(100_001);
    }
}
