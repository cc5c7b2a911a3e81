package io.forthwith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.store.ReadModelFactory;
import io.forthwith.testing.FakeJobContext;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BaseProcessorTest {
    private record Order(String item, int count) {}

    private final List<String> steps = new ArrayList<>();

    private final class Orders extends BaseProcessor<Order, String> {
        Orders() {
            super(JobType.of("order", Order.class));
        }

        @Override
        protected void validate(Order order) {
            steps.add("validate");
            if (order.count() < 1) {
                throw JobException.user("bad_count", "Order at least one");
            }
        }

        @Override
        protected void verifyAccess(Order order, JobContext job) {
            steps.add("verifyAccess");
            if (order.item().equals("forbidden")) {
                throw JobException.user("forbidden", "You may not order this");
            }
        }

        @Override
        protected String process(Order order, JobContext job) {
            steps.add("process");
            job.progress(40, "packing");
            job.onFailure(() -> steps.add("unpack"));
            job.onFailure(() -> {
                steps.add("unseal");
                throw new IllegalStateException("the seal is stuck");
            });
            if (order.item().equals("broken")) {
                throw new IllegalStateException("dropped it");
            }
            return order.count() + " × " + order.item();
        }
    }

    @Test
    void reads_validates_verifies_and_processes_in_this_order() throws Exception {
        FakeJobContext job = FakeJobContext.of(new Order("lamp", 2));

        String result = job.run(new Orders());
        assertThat(result).isEqualTo("2 × lamp");
        assertThat(steps).containsExactly("validate", "verifyAccess", "process");
        assertThat(job.reported()).containsExactly(ReadModelFactory.jobProgress(40, 0, null, "packing"));
    }

    @Test
    void a_fake_context_can_have_any_user_and_attempt() {
        FakeJobContext job = FakeJobContext.of(new Order("lamp", 1)).user("ada").attempt(3);

        assertThat(job.userId()).contains("ada");
        assertThat(job.attempt()).isEqualTo(3);
        assertThat(job.claimNumber()).isEqualTo(3);
        assertThat(FakeJobContext.of("x").userId()).isEmpty();
    }

    @Test
    void stops_at_the_first_refusal() {
        assertThatThrownBy(() -> FakeJobContext.of(new Order("lamp", 0)).run(new Orders()))
                .hasMessage("Order at least one");
        assertThatThrownBy(() -> FakeJobContext.of(new Order("forbidden", 1)).run(new Orders()))
                .hasMessage("You may not order this");
        assertThat(steps).containsExactly("validate", "validate", "verifyAccess");
    }

    @Test
    void runs_undo_actions_in_reverse_order_once_and_keeps_their_exceptions() {
        FakeJobContext job = FakeJobContext.of(new Order("broken", 1));

        assertThatThrownBy(() -> job.run(new Orders()))
                .hasMessage("dropped it")
                .satisfies(thrown -> assertThat(thrown.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("the seal is stuck"));
        assertThat(steps).endsWith("process", "unseal", "unpack").hasSize(5);
    }

    @Test
    void names_the_expected_class_when_the_input_does_not_fit() {
        assertThatThrownBy(() -> FakeJobContext.of("text").run(new Orders()))
                .isInstanceOf(JobException.class)
                .hasMessage("The stored JSON does not fit Order: it has another shape");
    }
}
