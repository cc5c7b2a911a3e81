package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.Added;
import io.forthwith.store.ReadModelFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Why a call cannot be added to what a store holds already. */
class NewFamiliesRefusalTest {
    private static final JobRelations GROUP =
            JobRelations.NONE.parent(LibraryOnly.KEY, false, ChildFailurePolicy.FAIL_AT_ONCE, false);

    private final Map<UUID, Job> stored = new HashMap<>();
    /** By each stored job, those that wait for it. */
    private final Map<UUID, Set<UUID>> waiters = new HashMap<>();

    private final List<Set<UUID>> asked = new ArrayList<>();

    private static NewJob job() {
        return NewFamiliesTest.job();
    }

    private NewJob stored(JobStatus status, JobRelations relations) {
        NewJob job = job();
        stored.put(
                job.id(),
                Job.builder(job.id(), "shot", Instant.EPOCH)
                        .status(status)
                        .relations(relations)
                        .build());
        return job;
    }

    private NewJob group() {
        return stored(JobStatus.WAITING, GROUP);
    }

    private void waits(NewJob waiter, NewJob waited) {
        waiters.computeIfAbsent(waited.id(), id -> new HashSet<>()).add(waiter.id());
    }

    private Set<UUID> waiters(Set<UUID> ids) {
        asked.add(ids);
        return ids.stream()
                .flatMap(id -> waiters.getOrDefault(id, Set.of()).stream())
                .collect(Collectors.toSet());
    }

    private Optional<Added> refusal(NewJob... jobs) {
        return NewFamilies.of(NewFamiliesTest.encoded(Arrays.asList(jobs))).refusal(stored::get, this::waiters);
    }

    @Test
    void an_open_group_takes_children() {
        assertThat(refusal(job().parent(group()), job())).isEmpty();
    }

    @Test
    void a_parent_that_is_gone_sealed_ended_or_none_does_not() {
        List<NewJob> closed = List.of(
                job(),
                stored(JobStatus.WAITING, GROUP.sealed(LibraryOnly.KEY)),
                stored(JobStatus.COMPLETED, GROUP),
                stored(JobStatus.CANCELLED, GROUP),
                stored(JobStatus.PENDING, JobRelations.NONE),
                stored(JobStatus.PROCESSING, GROUP),
                stored(JobStatus.WAITING, JobRelations.NONE),
                stored(
                        JobStatus.WAITING,
                        ReadModelFactory.jobRelations(
                                null, false, false, ChildFailurePolicy.IGNORE, false, null, false)));
        for (NewJob parent : closed) {
            assertThat(refusal(job(), job().parent(parent)))
                    .contains(new Added(parent.id(), Added.Outcome.PARENT_CLOSED));
        }
    }

    @Test
    void a_child_that_is_there_already_needs_no_open_parent() {
        NewJob parent = stored(JobStatus.COMPLETED, GROUP.sealed(LibraryOnly.KEY));
        NewJob child = stored(JobStatus.COMPLETED, JobRelations.NONE.at(LibraryOnly.KEY, 1))
                .parent(parent);

        assertThat(refusal(child)).isEmpty();
        assertThat(refusal(child, job().parent(parent))).contains(new Added(parent.id(), Added.Outcome.PARENT_CLOSED));
        assertThat(refusal(parent, child)).isEmpty();
    }

    @Test
    void a_finisher_comes_with_its_parent_or_not_at_all() {
        NewJob group = group();

        assertThat(refusal(group, job().finisherOf(group)))
                .contains(new Added(group.id(), Added.Outcome.PARENT_CLOSED));
        NewJob known = stored(JobStatus.WAITING, JobRelations.NONE.at(LibraryOnly.KEY, JobRelations.FINISHER))
                .finisherOf(group);
        assertThat(refusal(group, known)).isEmpty();
    }

    @Test
    void a_predecessor_must_exist_or_be_in_the_call() {
        NewJob gone = job();
        NewJob there = stored(JobStatus.FAILED, JobRelations.NONE);
        NewJob inCall = job();

        assertThat(refusal(inCall, job().after(inCall, there))).isEmpty();
        assertThat(refusal(job().after(there).after(gone)))
                .contains(new Added(gone.id(), Added.Outcome.NO_PREDECESSOR));
        NewJob known = stored(JobStatus.COMPLETED, JobRelations.NONE).after(gone);
        assertThat(refusal(known)).as("of a job that is there already").isEmpty();
    }

    @Test
    void a_group_must_not_wait_for_one_that_waits_for_it() {
        NewJob group = group();
        NewJob after = stored(JobStatus.WAITING, JobRelations.NONE);
        NewJob later = stored(JobStatus.WAITING, JobRelations.NONE);
        waits(after, group);
        waits(later, after);

        assertThat(refusal(job().parent(group).after(later))).contains(new Added(later.id(), Added.Outcome.CYCLE));
        assertThat(refusal(job().parent(group).after(after))).contains(new Added(after.id(), Added.Outcome.CYCLE));
    }

    @Test
    void also_by_way_of_other_new_jobs() {
        NewJob group = group();
        NewJob after = stored(JobStatus.WAITING, JobRelations.NONE);
        waits(after, group);
        NewJob between = job().after(after);
        NewJob family = job().parent(group);
        NewJob grandchild = job().parent(family).after(between);

        assertThat(refusal(between, family, grandchild)).contains(new Added(after.id(), Added.Outcome.CYCLE));
        assertThat(refusal(between, family, job().parent(family))).isEmpty();
    }

    @Test
    void also_if_a_child_comes_after_the_group_itself() {
        NewJob group = group();
        NewJob outer = group();
        waits(outer, group);

        assertThat(refusal(job().parent(group).after(outer))).contains(new Added(outer.id(), Added.Outcome.CYCLE));
    }

    @Test
    void two_groups_must_not_wait_for_each_other_because_of_one_call() {
        NewJob one = group();
        NewJob two = group();
        NewJob afterOne = stored(JobStatus.WAITING, JobRelations.NONE);
        NewJob afterTwo = stored(JobStatus.WAITING, JobRelations.NONE);
        waits(afterOne, one);
        waits(afterTwo, two);

        assertThat(refusal(job().parent(one).after(afterTwo), job().parent(two).after(afterOne)))
                .get()
                .extracting(Added::outcome)
                .isEqualTo(Added.Outcome.CYCLE);
        assertThat(refusal(job().parent(one).after(afterTwo), job().parent(two)))
                .isEmpty();
    }

    @Test
    void a_group_that_is_named_in_the_call_again_is_looked_at_as_it_is_stored() {
        NewJob group = group();
        NewJob after = stored(JobStatus.WAITING, JobRelations.NONE);
        waits(after, group);

        assertThat(refusal(group, after, job().parent(group).after(after)))
                .contains(new Added(after.id(), Added.Outcome.CYCLE));
    }

    @Test
    void a_group_may_wait_for_others_and_they_for_others_again() {
        NewJob group = group();
        NewJob free = stored(JobStatus.PENDING, JobRelations.NONE);
        NewJob after = stored(JobStatus.WAITING, JobRelations.NONE);
        waits(after, group);
        waits(after, free);

        assertThat(refusal(job().parent(group).after(free))).isEmpty();
    }

    @Test
    void asks_about_no_waiting_job_if_the_group_would_wait_only_for_new_jobs() {
        NewJob first = job();
        assertThat(refusal(first, job().parent(group()).after(first))).isEmpty();

        assertThat(asked).isEmpty();
    }

    @Test
    void waiters_that_wait_for_each_other_by_many_ways_are_asked_for_once() {
        NewJob group = group();
        NewJob wanted = stored(JobStatus.PENDING, JobRelations.NONE);
        List<NewJob> before = List.of(group);
        for (int i = 0; i < 20; i++) {
            List<NewJob> next =
                    List.of(stored(JobStatus.WAITING, JobRelations.NONE), stored(JobStatus.WAITING, JobRelations.NONE));
            for (NewJob waited : before) {
                next.forEach(waiter -> waits(waiter, waited));
            }
            before = next;
        }
        // What a store should not hold, and must not hang of.
        waits(group, before.get(0));

        assertThat(refusal(job().parent(group).after(wanted))).isEmpty();
        assertThat(asked).hasSize(21);
        assertThat(asked.stream().mapToInt(Set::size).sum()).isEqualTo(41);
    }
}
