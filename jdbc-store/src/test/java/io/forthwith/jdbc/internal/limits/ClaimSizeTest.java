package io.forthwith.jdbc.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.store.ClaimRequest;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The size of claims under limits")
class ClaimSizeTest {
    private static final int ALL = ClaimRequest.MOST_JOBS;

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
    private final ClaimSize size = new ClaimSize(nanos::get);

    @Test
    @DisplayName("is half for ten seconds after a large claim that has lifted many jobs that it had parked")
    void half() {
        size.claimed(ALL, ALL / 2);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(10) - 1);
        assertThat(size.most()).isEqualTo(ALL / 2);

        nanos.incrementAndGet();
        assertThat(size.most()).isEqualTo(ALL);
    }

    @Test
    @DisplayName("stays as it is after a claim that has lifted few such jobs, or is small itself")
    void whole() {
        size.claimed(ALL, ALL / 8);
        size.claimed(ALL / 2, ALL / 2);

        assertThat(size.most()).isEqualTo(ALL);
    }
}
