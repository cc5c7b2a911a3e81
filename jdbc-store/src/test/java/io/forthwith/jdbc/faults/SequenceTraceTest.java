package io.forthwith.jdbc.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The checker of sequences, of a job behind one that fails and cancels the rest,")
class SequenceTraceTest {
    private static final String FAILING = "failing";
    private static final String BEHIND = "behind";

    private final List<SequenceTrace.Row> rows = new ArrayList<>();

    @Test
    @DisplayName("says that it started though it was there all the time")
    void started() {
        added("pending");
        fails();
        behind("pending", "processing");

        assertThat(check())
                .singleElement()
                .asString()
                .contains("started, and was to be cancelled")
                .contains("job=" + FAILING, "job=" + BEHIND);
    }

    @Test
    @DisplayName("says nothing if the one that fails is a parent that has waited for its children")
    void waitingParent() {
        added("pending");
        failing("pending", "processing");
        failing("processing", "waiting");
        failing("waiting", "failed");
        behind("pending", "processing");

        assertThat(check()).isEmpty();
    }

    @Test
    @DisplayName("says nothing if it had ended, and the call that retried it had not returned before the other started")
    void retriedMeanwhile() {
        endedBefore();
        failing("pending", "processing");
        behind("failed", "pending");
        failing("processing", "failed");
        returned(SequenceTrace.RETRIED, BEHIND);
        behind("pending", "processing");

        assertThat(check()).isEmpty();
    }

    @Test
    @DisplayName("says that it started though the call that retried it had returned before the other started")
    void retriedBefore() {
        endedBefore();
        behind("failed", "pending");
        returned(SequenceTrace.RETRIED, BEHIND);
        fails();
        behind("pending", "processing");

        assertThat(check()).singleElement().asString().contains("started, and was to be cancelled");
    }

    @Test
    @DisplayName("says nothing if it was cancelled, and is retried")
    void retriedAfterwards() {
        added("pending");
        fails();
        behind("pending", "cancelled");
        behind("cancelled", "pending");
        behind("pending", "processing");

        assertThat(check()).isEmpty();
    }

    /** The other one joins the sequence when its predecessors have completed, with the lower place. */
    private void endedBefore() {
        added("waiting");
        behind("pending", "processing");
        behind("processing", "failed");
        failing("waiting", "pending");
    }

    /** Both, the failing one as this. */
    private void added(String failing) {
        failing(null, failing);
        behind(null, "pending");
        returned(SequenceTrace.ADDED, FAILING);
        returned(SequenceTrace.ADDED, BEHIND);
    }

    private void fails() {
        failing("pending", "processing");
        failing("processing", "failed");
    }

    private void failing(@Nullable String was, String becomes) {
        add(SequenceTrace.CHANGE, FAILING, 1, "cancel_rest", was, becomes);
    }

    private void behind(@Nullable String was, String becomes) {
        add(SequenceTrace.CHANGE, BEHIND, 2, "skip", was, becomes);
    }

    private void returned(String call, String job) {
        add(call, job, 0, null, null, null);
    }

    private void add(
            String what,
            String job,
            long place,
            @Nullable String policy,
            @Nullable String was,
            @Nullable String becomes) {
        long seq = rows.size() + 1L;
        rows.add(new SequenceTrace.Row(seq, what, job, "key", place, policy, was, becomes, true, 0, seq));
    }

    private List<String> check() {
        return SequenceTrace.check(rows, Map.of()).wrong();
    }
}
