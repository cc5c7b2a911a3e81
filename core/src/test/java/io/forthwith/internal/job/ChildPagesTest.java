package io.forthwith.internal.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobRelations;
import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChildPagesTest {
    private static final int MIB = 1 << 20;

    private final List<Integer> limits = new ArrayList<>();

    @Test
    void pages_of_small_children_grow() {
        assertThat(readAll(5_000, "{}")).isEqualTo(5_000);

        assertThat(limits.subList(0, 3)).containsExactly(50, 200, ChildPages.SIZE);
        assertThat(limits).hasSizeLessThan(14).last().isEqualTo(ChildPages.SIZE);
    }

    @Test
    void pages_of_large_children_are_small() {
        assertThat(readAll(200, "x".repeat(MIB / 4))).isEqualTo(200);

        assertThat(limits).first().isEqualTo(50);
        assertThat(limits.subList(1, limits.size())).allMatch(limit -> limit == 32);
    }

    private long readAll(int count, String result) {
        List<Job> children = IntStream.rangeClosed(1, count)
                .mapToObj(position -> Job.builder(UUID.randomUUID(), "child", Instant.EPOCH)
                        .relations(JobRelations.NONE.at(LibraryOnly.KEY, position))
                        .result(result)
                        .build())
                .toList();
        return ChildPages.stream((after, limit) -> {
                    limits.add(limit);
                    return children.subList(after, Math.min(after + limit, count));
                })
                .count();
    }
}
