package io.forthwith.store.kit.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.store.Added;
import io.forthwith.store.kit.fixture.RacingThreads;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Families whose children end at the same moment. {@code -Dforthwith.kit.families=} is the number of families. A failure prints the number
 * of its family; {@code -Dforthwith.kit.family=} with that number plays only this family, over and over.
 */
public abstract class FamilyContentionContract {
    private static final int THREADS = 8;
    private static final int FAMILIES = Integer.getInteger("forthwith.kit.families", 50);
    private static final int AGAIN = 200;
    private static final int FILLS = 12;

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("a parent ends once, as its children decide, when 8 threads end its 50 children at the same moment")
    void lastChildren() {
        Long chosen = Long.getLong("forthwith.kit.family");
        if (chosen != null) {
            for (int i = 0; i < AGAIN; i++) {
                new LastChildrenRace(fixture(), chosen).play();
            }
            return;
        }
        long first = ThreadLocalRandom.current().nextLong(Integer.MAX_VALUE);
        System.out.println("Families whose last children end at once: " + first + " to " + (first + FAMILIES - 1));
        for (long number = first; number < first + FAMILIES; number++) {
            new LastChildrenRace(fixture(), number).play();
        }
    }

    @Test
    @DisplayName(
            "a group that is filled and sealed at the same moment takes or refuses each child, and has no open child when it ends")
    void fillAndSeal() {
        for (int i = 0; i < Math.min(FAMILIES, AGAIN); i++) {
            NewJob group = fixture().job().unsealed();
            NewJob first = fixture().childOf(group);
            fixture().addAll(group, first);
            Set<UUID> added = ConcurrentHashMap.newKeySet();
            added.add(first.id());
            List<ActResult> seals = RacingThreads.race(THREADS, thread -> () -> {
                if (thread == 0) {
                    spin();
                    return fixture().store.seal(group.id(), Locale.ENGLISH);
                }
                UUID worker = fixture().register();
                for (int fill = 0; fill < FILLS; fill++) {
                    added.addAll(fill(group, thread % 2 == 0));
                    fixture().claimAs(worker, 10).forEach(fixture()::complete);
                    assertNoneIsLeft(group);
                }
                return ActResult.ALREADY_SEALED;
            });

            assertThat(seals.get(0)).isEqualTo(ActResult.DONE);
            assertThat(fixture().children(group)).extracting(Job::id).containsExactlyInAnyOrderElementsOf(added);
            assertThat(fixture().children(group))
                    .extracting(job -> job.relations().position())
                    .doesNotContainNull()
                    .doesNotHaveDuplicates();
            fixture().claim(100).forEach(fixture()::complete);
            assertThat(fixture().status(group)).isEqualTo(JobStatus.COMPLETED);
            assertNoneIsLeft(group);
        }
    }

    private static void spin() {
        Random random = ThreadLocalRandom.current();
        for (int spin = random.nextInt(100_000); spin > 0; spin--) {
            Thread.onSpinWait();
        }
    }

    /** Adds two children, alone or beside the group itself. */
    private List<UUID> fill(NewJob group, boolean isRepeated) {
        List<NewJob> call =
                new ArrayList<>(List.of(fixture().childOf(group), fixture().childOf(group)));
        if (isRepeated) {
            call.add(group);
        }
        List<Added> answers = fixture().addAll(call.toArray(NewJob[]::new));
        boolean isIn = answers.get(0).outcome() == Added.Outcome.ADDED;
        assertThat(answers.subList(0, 2))
                .extracting(Added::outcome)
                .containsOnly(isIn ? Added.Outcome.ADDED : Added.Outcome.PARENT_CLOSED);
        return isIn ? answers.subList(0, 2).stream().map(Added::id).toList() : List.of();
    }

    private void assertNoneIsLeft(NewJob group) {
        if (fixture().status(group).isFinal()) {
            assertThat(fixture().children(group))
                    .allMatch(child -> child.status().isFinal());
        }
    }
}
