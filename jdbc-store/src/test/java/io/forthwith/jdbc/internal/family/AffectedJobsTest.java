package io.forthwith.jdbc.internal.family;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.AbstractCollection;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Which jobs need what others have locked")
class AffectedJobsTest {
    private final UUID parent = UUID.randomUUID();
    private final UUID child = UUID.randomUUID();
    private final AffectedJobs affected = new AffectedJobs();

    private UUID childOfParent() {
        UUID id = UUID.randomUUID();
        affected.add(List.of(id));
        affected.exists(id);
        affected.parent(id, parent);
        return id;
    }

    @Test
    @DisplayName("is found in one walk through a family, however many of it are locked")
    void large_family() {
        affected.parent(child, parent);
        Set<UUID> siblings = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            siblings.add(childOfParent());
        }

        AtomicInteger walks = new AtomicInteger();
        List<UUID> jobs = List.of(child, UUID.randomUUID());
        Collection<UUID> counting = new AbstractCollection<>() {
            @Override
            public Iterator<UUID> iterator() {
                walks.incrementAndGet();
                return jobs.iterator();
            }

            @Override
            public int size() {
                return jobs.size();
            }
        };

        assertThat(affected.thatNeed(siblings, siblings, counting)).containsExactly(child);

        assertThat(walks).as("once for the jobs, and once for their family").hasValue(2);
    }

    @Test
    @DisplayName("is unknown if one of the locked rows belongs to none of the jobs")
    void strangers() {
        affected.parent(child, parent);
        UUID sibling = childOfParent();
        UUID stranger = UUID.randomUUID();

        assertThat(affected.thatNeed(Set.of(sibling, stranger), Set.of(sibling, stranger), List.of(child)))
                .isEmpty();
    }

    @Test
    @DisplayName("are those with a locked parent or successor")
    void relatives() {
        UUID successor = UUID.randomUUID();
        UUID predecessor = UUID.randomUUID();
        affected.parent(child, parent);
        affected.successor(predecessor, successor);
        List<UUID> jobs = List.of(child, predecessor, UUID.randomUUID());

        assertThat(affected.thatNeed(Set.of(parent), Set.of(), jobs)).containsExactly(child);
        assertThat(affected.thatNeed(Set.of(successor), Set.of(), jobs)).containsExactly(predecessor);
    }
}
