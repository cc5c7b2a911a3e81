package io.forthwith.store.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobRelations;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.store.EncodedJob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Families and graphs of one call, by themselves. */
class NewFamiliesTest {
    private static final JobType<String> TYPE = JobType.of("shot", String.class);

    static NewJob job() {
        return NewJob.of(TYPE, "x");
    }

    static List<EncodedJob> encoded(List<NewJob> jobs) {
        return jobs.stream().map(job -> new EncodedJob(job, "\"x\"")).toList();
    }

    static NewFamilies families(NewJob... jobs) {
        return NewFamilies.of(encoded(Arrays.asList(jobs)));
    }

    private static void assertRefused(String message, NewJob... jobs) {
        assertThatThrownBy(() -> families(jobs))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** Refused, naming one of those that are in the circle. */
    private static void assertCircle(List<NewJob> circle, NewJob... jobs) {
        for (boolean isReversed : new boolean[] {false, true}) {
            List<NewJob> order = new ArrayList<>(Arrays.asList(jobs));
            if (isReversed) {
                Collections.reverse(order);
            }
            assertThatThrownBy(() -> NewFamilies.of(encoded(order)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .satisfies(thrown -> assertThat(circle)
                            .extracting(each -> "Job " + each.id()
                                    + " waits for itself, by way of parents, children and predecessors")
                            .contains(thrown.getMessage()));
        }
    }

    @Test
    void jobs_that_are_each_on_their_own_are_no_family() {
        assertThat(families().isEmpty()).isTrue();
        assertThat(families(job(), job().onChildFailure(ChildFailurePolicy.IGNORE))
                        .isEmpty())
                .isTrue();
        assertThat(families(job().parent(new UUID(0, 1))).isEmpty()).isFalse();
        assertThat(families(job().unsealed()).isEmpty()).isFalse();
        assertThat(families(job().after(new UUID(0, 1))).isEmpty()).isFalse();
    }

    @Test
    void refuses_an_id_that_is_used_twice() {
        NewJob once = job();

        assertRefused("Job id " + once.id() + " is used twice in one call", once, job(), once);
    }

    @Test
    void refuses_two_finishers_of_one_parent() {
        NewJob parent = job();
        NewJob one = job().finisherOf(parent);
        NewJob two = job().finisherOf(parent);

        assertRefused(
                "Jobs " + one.id() + " and " + two.id() + " both are to finish job " + parent.id()
                        + ": a parent has one finisher",
                parent,
                one,
                two);
    }

    @Test
    void refuses_a_finisher_without_its_parent() {
        NewJob parent = job();
        NewJob second = job().finisherOf(parent);

        assertRefused(
                "Job " + second.id() + " is to finish job " + parent.id()
                        + ", which is not in the same call: a finisher is enqueued together with its parent",
                second,
                job());
    }

    @Test
    void refuses_a_finisher_that_comes_after_others() {
        NewJob parent = job();
        NewJob child = job().parent(parent);
        NewJob second = job().finisherOf(parent).after(child);

        assertRefused(
                "Job " + second.id() + " cannot come after others: it finishes job " + parent.id()
                        + ", and so comes after all its children",
                parent,
                child,
                second);
    }

    @Test
    void refuses_a_finisher_that_is_a_parent_or_a_group() {
        NewJob parent = job();
        NewJob second = job().finisherOf(parent);
        String rule = "Job " + second.id() + " cannot finish job " + parent.id()
                + ": a parent that is enqueued with its children, or unsealed, never runs itself; let it spawn them when it runs";

        assertRefused(rule, parent, second, job().parent(second));
        assertRefused(rule, parent, second, job().finisherOf(second));
        assertRefused(rule, parent, second.unsealed());
    }

    @Test
    void refuses_parents_and_groups_that_come_after_others() {
        NewJob first = job();
        NewJob parent = job().after(first);
        NewJob group = job().unsealed().after(first);
        String rule =
                " cannot come after others: a parent that is enqueued with its children, or unsealed, never runs itself;"
                        + " let its children come after them";

        assertRefused("Job " + parent.id() + rule, first, parent, job().parent(parent));
        assertRefused("Job " + parent.id() + rule, first, parent, job().finisherOf(parent));
        assertRefused("Job " + group.id() + rule, first, group);
    }

    @Test
    void refuses_jobs_that_come_after_each_other() {
        NewJob a = job();
        NewJob b = job().after(a);
        NewJob c = job().after(b);
        NewJob first = a.after(c);
        NewJob tail = job().after(c);

        assertCircle(List.of(first, b, c), first, b, c);
        assertCircle(List.of(first, b, c), tail, first, b, c, job());
    }

    @Test
    void refuses_a_child_that_comes_after_its_own_ancestors_or_their_finisher() {
        NewJob top = job();
        NewJob middle = job().parent(top);
        NewJob child = job().parent(middle).after(top);
        NewJob second = job().finisherOf(top);
        NewJob early = job().parent(middle).after(second);

        assertCircle(List.of(top, middle, child), top, middle, child);
        assertCircle(List.of(middle, early, second), top, middle, early, second);
    }

    @Test
    void refuses_parents_of_each_other() {
        NewJob a = job();
        NewJob b = job().parent(a);
        NewJob top = a.parent(b);

        assertCircle(List.of(top, b), top, b);
    }

    @Test
    void refuses_a_child_that_comes_after_one_that_comes_after_its_parent() {
        NewJob parent = job();
        NewJob after = job().after(parent);
        NewJob child = job().parent(parent).after(after);

        assertCircle(List.of(parent, after, child), parent, after, child);
    }

    @Test
    void refuses_a_new_child_of_a_group_that_waits_for_the_group_within_the_call() {
        NewJob group = job().unsealed();
        NewJob after = job().after(group);
        NewJob child = job().parent(group).after(after);

        assertCircle(List.of(group, after, child), after, child);
    }

    @Test
    void refuses_among_spawned_jobs_a_child_that_comes_after_the_finisher_of_their_parent() {
        UUID spawner = new UUID(0, 1);
        NewJob parent = job().id(spawner);
        NewJob second = job().finisherOf(parent);
        NewJob child = job().parent(spawner).after(second);

        assertThatThrownBy(() -> NewFamilies.ofSpawned(spawner, encoded(List.of(second, child))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("waits for itself");
        assertThat(NewFamilies.ofSpawned(spawner, encoded(List.of(second, job().parent(spawner))))
                        .isParent(spawner))
                .isTrue();
    }

    @Test
    void takes_a_diamond_and_a_family_among_others() {
        NewJob a = job();
        NewJob b = job().after(a);
        NewJob c = job().after(a);
        NewJob family = job();
        NewJob child = job().parent(family).after(b, c);
        NewJob second = job().finisherOf(family);
        NewJob last = job().after(family, a);

        assertThat(families(last, second, child, family, c, b, a).isEmpty()).isFalse();
    }

    @Test
    void a_long_chain_and_a_deep_family_need_no_deep_stack_and_neither_does_a_long_circle() {
        List<NewJob> chain = new ArrayList<>(List.of(job()));
        List<NewJob> line = new ArrayList<>(List.of(job()));
        for (int i = 1; i < 100_000; i++) {
            chain.add(job().after(chain.get(i - 1)));
            line.add(job().parent(line.get(i - 1)));
        }

        assertThat(NewFamilies.of(encoded(chain)).isEmpty()).isFalse();
        assertThat(NewFamilies.of(encoded(line)).isEmpty()).isFalse();
        chain.set(0, chain.get(0).after(chain.get(chain.size() - 1)));
        assertThatThrownBy(() -> NewFamilies.of(encoded(chain))).hasMessageContaining("waits for itself");
    }

    @Test
    void a_large_family_with_a_finisher_is_read_in_one_go() {
        NewJob parent = job();
        List<NewJob> family = new ArrayList<>(List.of(job().finisherOf(parent), parent));
        for (int i = 0; i < 100_000; i++) {
            family.add(job().parent(parent));
        }
        NewFamilies families = NewFamilies.of(encoded(family));

        assertThat(families.relations(family.get(100_001), 0).position()).isEqualTo(100_000);
    }

    @Test
    void names_the_parents_and_outsiders_that_are_to_be_locked() {
        NewJob group = job();
        NewJob before = job();
        NewJob parent = job();
        NewFamilies families =
                families(parent, job().parent(parent), job().parent(group).after(before), job().after(parent, group));

        assertThat(families.hasSuccessors(parent.id())).isTrue();
        assertThat(families.hasSuccessors(group.id())).isTrue();
        assertThat(families.hasSuccessors(UUID.randomUUID())).isFalse();
        assertThat(families.hasChildAmong(group.id(), id -> true)).isTrue();
        assertThat(families.hasChildAmong(group.id(), id -> false)).isFalse();
        assertThat(families.hasChildAmong(before.id(), id -> true)).isFalse();
        assertThat(families.toLock()).containsExactlyInAnyOrder(parent.id(), group.id(), before.id());
        assertThat(NewFamilies.ofSpawned(parent.id(), encoded(List.of(job().parent(parent))))
                        .parents())
                .containsExactly(parent.id());
    }

    @Test
    void says_who_waits_and_who_is_a_parent() {
        NewJob parent = job();
        NewJob group = job().unsealed();
        NewJob child = job().parent(parent);
        NewJob second = job().finisherOf(parent);
        NewJob after = job().after(child);
        NewJob childless = job();
        NewJob finisher = job().finisherOf(childless);
        NewFamilies families = families(parent, group, child, second, after, childless, finisher);

        assertThat(List.of(parent, group, second, after, childless, finisher))
                .allMatch(each -> families.status(each) == JobStatus.WAITING);
        assertThat(families.status(child)).isEqualTo(JobStatus.PENDING);
        assertThat(List.of(parent, group, childless)).allMatch(each -> families.isParent(each.id()));
        assertThat(List.of(child, second, after, finisher)).noneMatch(each -> families.isParent(each.id()));
    }

    @Test
    void ties_hold_places_in_the_order_of_the_call_behind_those_that_are_there_and_all_policies() {
        NewJob parent = job().onChildFailure(ChildFailurePolicy.FAIL_AT_END).cancelOtherChildren();
        NewJob first = job().parent(parent);
        NewJob second = job().finisherOf(parent).onChildFailure(ChildFailurePolicy.IGNORE);
        NewJob third = job().parent(parent).after(first).onPredecessorFailure(PredecessorFailurePolicy.CANCEL);
        NewJob group = job().unsealed().parent(parent);
        NewFamilies families = families(parent, first, second, third, group);

        assertThat(families.relations(parent, 0))
                .isEqualTo(JobRelations.NONE.parent(LibraryOnly.KEY, true, ChildFailurePolicy.FAIL_AT_END, true));
        assertThat(families.relations(first, 0)).isEqualTo(JobRelations.NONE.at(LibraryOnly.KEY, 1));
        assertThat(families.relations(second, 9))
                .isEqualTo(JobRelations.NONE
                        .policies(LibraryOnly.KEY, ChildFailurePolicy.IGNORE, false)
                        .at(LibraryOnly.KEY, JobRelations.FINISHER));
        assertThat(families.relations(third, 7))
                .isEqualTo(JobRelations.NONE
                        .at(LibraryOnly.KEY, 9)
                        .after(LibraryOnly.KEY, PredecessorFailurePolicy.CANCEL));
        assertThat(families.relations(group, 0))
                .isEqualTo(JobRelations.NONE
                        .parent(LibraryOnly.KEY, false, ChildFailurePolicy.FAIL_AT_ONCE, false)
                        .at(LibraryOnly.KEY, 3));
    }
}
