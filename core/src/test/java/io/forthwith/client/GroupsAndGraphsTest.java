package io.forthwith.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import io.forthwith.ActResult;
import io.forthwith.ChildFailurePolicy;
import io.forthwith.Enqueued;
import io.forthwith.Job;
import io.forthwith.JobException;
import io.forthwith.JobQuery;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Groups that are filled from outside, and jobs that come after others. */
class GroupsAndGraphsTest {
    private static final JobType<String> TYPE = JobType.of("shot", String.class);

    private final InMemoryJobStore store = new InMemoryJobStore();
    private final JobClient jobs = JobClient.of(store);
    private final NewJob group = NewJob.of(TYPE, "group").unsealed();
    private final List<String> ran = new ArrayList<>();

    private static NewJob job(String input) {
        return NewJob.of(TYPE, input);
    }

    private void drain() {
        Worker.of(store, ProcessorRegistry.of().with(TYPE, job -> {
                    String input = job.input(String.class);
                    ran.add(input);
                    if (input.startsWith("bad")) {
                        throw JobException.user("no_credits", "Insufficient credits");
                    }
                    List<String> before = job.predecessors().stream()
                            .map(predecessor ->
                                    job.resultOf(predecessor, String.class).orElse("none"))
                            .toList();
                    return input + before;
                }))
                .build()
                .drain();
    }

    private Job find(NewJob job) {
        return jobs.find(job.id()).orElseThrow();
    }

    @Test
    void a_group_is_filled_in_several_calls_and_ends_with_its_last_child_once_it_is_sealed() {
        jobs.enqueueAll(List.of(group, job("1").parent(group)));
        drain();
        assertThat(find(group).status()).isEqualTo(JobStatus.WAITING);

        UUID second = jobs.enqueue(job("2").parent(group)).id();
        jobs.enqueueAll(List.of(job("3").parent(group), job("4").parent(group)));
        drain();
        assertThat(find(group).status()).isEqualTo(JobStatus.WAITING);
        NewJob last = job("5").parent(group);
        jobs.enqueue(last);

        assertThat(jobs.seal(group.id())).isEqualTo(ActResult.DONE);
        assertThat(find(group).status()).isEqualTo(JobStatus.WAITING);
        drain();

        assertThat(find(group).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(ran).as("the group itself does not").containsExactly("1", "2", "3", "4", "5");
        assertThat(jobs.children(group.id()).map(Job::input))
                .containsExactly("\"1\"", "\"2\"", "\"3\"", "\"4\"", "\"5\"");
        assertThat(jobs.find(second).orElseThrow().parentId()).isEqualTo(group.id());
    }

    @Test
    void a_group_without_open_children_ends_when_it_is_sealed() {
        jobs.enqueue(group);

        assertThat(jobs.seal(group.id())).isEqualTo(ActResult.DONE);

        assertThat(find(group).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(jobs.seal(group.id())).isEqualTo(ActResult.ALREADY_SEALED);
        assertThat(jobs.seal(UUID.randomUUID())).isEqualTo(ActResult.NOT_FOUND);
    }

    @Test
    void who_seals_a_group_of_which_a_child_has_failed_says_in_which_language() {
        NewJob patient = group.onChildFailure(ChildFailurePolicy.FAIL_AT_END);
        jobs.enqueueAll(List.of(patient, job("bad").parent(patient)));
        drain();
        assertThat(find(group).status()).isEqualTo(JobStatus.WAITING);

        jobs.locale(Locale.CHINESE).seal(group.id());

        assertThat(find(group).errorMessage()).isEqualTo("1 个子任务中有 1 个失败: Insufficient credits");
    }

    @Test
    void a_child_of_a_job_that_takes_none_is_refused_and_nothing_enqueued() {
        NewJob plain = job("plain");
        NewJob gone = job("gone");
        jobs.enqueueAll(List.of(group, plain));
        jobs.seal(group.id());

        for (NewJob parent : List.of(group, plain, gone)) {
            NewJob child = job("late").parent(parent);
            assertThatThrownBy(() -> jobs.enqueue(child))
                    .isInstanceOfSatisfying(
                            GroupClosedException.class,
                            thrown -> assertThat(thrown.groupId()).isEqualTo(parent.id()))
                    .hasMessage("Nothing was enqueued: job " + parent.id()
                            + " takes no children, because it does not exist, is sealed or has ended; enqueue a parent in"
                            + " the same call as its children, or unsealed before them");
            assertThatThrownBy(() -> jobs.enqueueAll(List.of(job("other"), child)))
                    .isInstanceOf(GroupClosedException.class);
        }
        assertThat(jobs.countByScan(JobQuery.all())).isEqualTo(2);
    }

    @Test
    void a_child_of_an_open_group_whose_key_is_taken_is_not_lost_silently() {
        UUID holder = jobs.enqueue(job("1").uniqueKey("k")).id();
        jobs.enqueue(group);

        assertThatThrownBy(() -> jobs.enqueue(job("2").parent(group).uniqueKey("k")))
                .isInstanceOfSatisfying(
                        UniqueKeyTakenException.class,
                        thrown -> assertThat(thrown.holderId()).isEqualTo(holder));
    }

    @Test
    void a_child_that_is_enqueued_again_after_its_group_was_sealed_is_the_same() {
        NewJob child = job("1").parent(group);
        jobs.enqueueAll(List.of(group, child));
        jobs.seal(group.id());

        assertThat(jobs.enqueue(child).id()).isEqualTo(child.id());
        assertThat(jobs.enqueueAll(List.of(group, child)))
                .extracting(Enqueued::isNew)
                .containsOnly(false);
    }

    @Test
    void a_chain_runs_in_order_and_each_sees_the_result_of_the_one_before() {
        NewJob a = job("a");
        NewJob b = job("b").after(a);
        NewJob c = job("c").after(b);

        jobs.enqueueAll(List.of(c, b, a));
        assertThat(find(b).status()).isEqualTo(JobStatus.WAITING);
        drain();

        assertThat(ran).containsExactly("a", "b", "c");
        assertThat(jobs.resultOf(find(c), String.class)).contains("c[b[a[]]]");
        assertThat(jobs.predecessors(c.id())).extracting(Job::id).containsExactly(b.id());
        assertThat(jobs.predecessors(a.id())).isEmpty();
        assertThat(jobs.successors(b.id(), 1)).extracting(Job::id).containsExactly(c.id());
        for (int most : new int[] {0, 1_001}) {
            assertThatThrownBy(() -> jobs.successors(b.id(), most))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("Cannot list " + most + " jobs: 1 to 1000");
        }
    }

    @Test
    void a_job_may_come_after_others_that_were_enqueued_before_also_after_a_family() {
        NewJob family = job("family");
        jobs.enqueueAll(List.of(family, job("child").parent(family)));
        UUID done = jobs.enqueue(job("done")).id();
        drain();

        jobs.enqueue(job("last").after(done).after(family));
        drain();

        assertThat(ran).containsExactly("child", "done", "last");
    }

    @Test
    void a_successor_of_a_failed_job_fails_runs_or_is_cancelled_by_its_policy() {
        NewJob bad = job("bad");
        NewJob fails = job("1").after(bad);
        NewJob runs = job("2").after(bad).onPredecessorFailure(PredecessorFailurePolicy.RUN);
        NewJob cancelled = job("3").after(bad).onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        jobs.enqueueAll(List.of(bad, fails, runs, cancelled));
        drain();

        assertThat(find(fails).errorMessage())
                .isEqualTo("A job that had to complete first failed: Insufficient credits");
        assertThat(find(runs).status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(find(cancelled).status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(ran).containsExactly("bad", "2");
    }

    @Test
    void a_job_that_comes_after_one_that_does_not_exist_is_refused_naming_both() {
        UUID gone = UUID.randomUUID();
        NewJob orphan = job("1").after(gone);

        assertThatThrownBy(() -> jobs.enqueueAll(List.of(job("0"), orphan)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Nothing was enqueued: job " + orphan.id() + " comes after job " + gone
                        + ", which does not exist; enqueue it before, or in the same call");
        assertThatThrownBy(() -> jobs.enqueue(orphan)).isInstanceOf(IllegalArgumentException.class);
        assertThat(jobs.countByScan(JobQuery.all())).isZero();
    }

    @Test
    void a_child_that_would_have_its_group_wait_for_itself_is_refused() {
        NewJob after = job("after").after(group);
        jobs.enqueueAll(List.of(group, after));

        assertThatThrownBy(() -> jobs.enqueue(job("child").parent(group).after(after)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Nothing was enqueued: a child would have its group wait for job " + after.id()
                        + ", which itself waits for that group");
        assertThat(jobs.children(group.id())).isEmpty();
    }

    @Test
    void a_circle_within_one_call_is_refused_too() {
        NewJob a = job("a");
        NewJob b = job("b").after(a);

        assertThatThrownBy(() -> jobs.enqueueAll(List.of(a.after(b), b)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("waits for itself");
    }

    @Test
    void children_are_read_in_pages_and_none_before_it_is_needed() {
        JobStore watched = mock(JobStore.class, delegatesTo(store));
        List<NewJob> family = new ArrayList<>(List.of(group));
        IntStream.range(0, 1_001).mapToObj(i -> job("" + i).parent(group)).forEach(family::add);
        jobs.enqueueAll(family);

        Stream<Job> children = JobClient.of(watched).children(group.id());
        verifyNoInteractions(watched);
        assertThat(children.map(Job::input).limit(501))
                .hasSize(501)
                .startsWith("\"0\"")
                .endsWith("\"500\"");

        verify(watched).children(group.id(), 0, 50);
        verify(watched).children(group.id(), 50, 200);
        verify(watched).children(group.id(), 250, 500);
        verify(watched, never()).children(group.id(), 750, 500);
        assertThat(jobs.children(group.id())).hasSize(1_001);
        assertThat(jobs.children(UUID.randomUUID())).isEmpty();
    }

    /** As a store answers whose rows a stranger or an older version has written, without places. */
    @Test
    void children_without_a_place_are_read_too_and_each_once() {
        List<Job> all = IntStream.rangeClosed(1, 1_800)
                .mapToObj(i -> Job.builder(new UUID(0, i), "shot", Instant.EPOCH)
                        .relations(JobRelations.NONE.at(LibraryOnly.KEY, i <= 700 ? i : null))
                        .build())
                .toList();
        JobStore old = mock(JobStore.class);
        when(old.children(any(), anyInt(), anyInt()))
                .thenAnswer(call -> all.stream()
                        .filter(job -> job.relations().position() == null
                                || job.relations().position() > call.<Integer>getArgument(1))
                        .limit(call.<Integer>getArgument(2))
                        .toList());

        assertThat(JobClient.of(old).children(UUID.randomUUID())).containsExactlyElementsOf(all);
    }

    @Test
    void cancelling_and_retrying_a_group_takes_its_children_along() {
        NewJob bad = job("bad").parent(group);
        NewJob open = job("open").parent(group).delay(Duration.ofHours(1));
        jobs.enqueueAll(List.of(group, job("1").parent(group), bad, open));
        drain();
        assertThat(find(group).status()).isEqualTo(JobStatus.FAILED);

        assertThat(jobs.retry(group.id()).outcome()).isEqualTo(ActResult.Outcome.DONE);
        assertThat(find(group).status()).isEqualTo(JobStatus.WAITING);
        assertThat(find(bad).status()).isEqualTo(JobStatus.PENDING);
        assertThat(jobs.cancel(group.id())).isEqualTo(ActResult.DONE);

        assertThat(find(bad).status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(find(open).status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(jobs.children(group.id()).findFirst().orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
    }

    @Test
    void what_comes_after_a_parent_and_its_child_hears_of_the_parent_when_both_end_in_one_step() {
        NewJob cancelled = job("cancelled");
        jobs.enqueue(cancelled);
        jobs.cancel(cancelled.id());
        NewJob parent =
                job("parent").onChildFailure(ChildFailurePolicy.FAIL_AT_END).cancelOtherChildren();
        NewJob child = job("child").parent(parent).unsealed();
        NewJob sibling = job("sibling")
                .parent(parent)
                .after(cancelled.id())
                .onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        NewJob after = job("after").after(child, parent);

        jobs.enqueueAll(List.of(parent, child, after, sibling));

        assertThat(find(child).status()).isEqualTo(JobStatus.CANCELLED);
        assertThat(find(parent).status()).isEqualTo(JobStatus.FAILED);
        assertThat(find(after).errorCode()).isEqualTo("predecessor_failed");
    }
}
