package io.forthwith.store.kit;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.family.FamilyCancelContract;
import io.forthwith.store.kit.family.FamilyContentionContract;
import io.forthwith.store.kit.family.FamilyProgressContract;
import io.forthwith.store.kit.family.FamilyPurgeContract;
import io.forthwith.store.kit.family.FamilyRetryContract;
import io.forthwith.store.kit.family.FamilyTurmoilContract;
import io.forthwith.store.kit.family.FinishersContract;
import io.forthwith.store.kit.family.GraphsContract;
import io.forthwith.store.kit.family.GroupsContract;
import io.forthwith.store.kit.family.ParentsContract;
import io.forthwith.store.kit.family.PoliciesContract;
import io.forthwith.store.kit.family.PredecessorsContract;
import io.forthwith.store.kit.fixture.Fixture;
import io.forthwith.store.kit.random.RandomCommandsContract;
import io.forthwith.store.kit.role.AddingContract;
import io.forthwith.store.kit.role.BulkRetryContract;
import io.forthwith.store.kit.role.ByHandContract;
import io.forthwith.store.kit.role.CancelHintContract;
import io.forthwith.store.kit.role.ClaimingContract;
import io.forthwith.store.kit.role.ContentionContract;
import io.forthwith.store.kit.role.DeletingContract;
import io.forthwith.store.kit.role.LeasingContract;
import io.forthwith.store.kit.role.LeavingUndoContract;
import io.forthwith.store.kit.role.PurgingContract;
import io.forthwith.store.kit.role.ReadingContract;
import io.forthwith.store.kit.role.SettlingContract;
import io.forthwith.store.kit.role.SpawningContract;
import io.forthwith.store.kit.role.SteppingContract;
import io.forthwith.store.kit.role.UndoingContract;
import io.forthwith.store.kit.role.WakingContract;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;

/**
 * Every sentence of the {@link JobStore} contract as a test. Extend it in the tests of a store:
 *
 * <pre>{@code
 * class MyJobStoreTest extends JobStoreContract {
 *     @Override protected JobStore newStore() { ... }
 *     @Override protected void age(Duration by) { ... }
 * }
 * }</pre>
 *
 * <p>JUnit makes one instance per test, and {@link #newStore} is called once on each.
 */
public abstract class JobStoreContract {
    private @Nullable Fixture fixture;

    /** For subclasses. */
    protected JobStoreContract() {}

    /** A store without jobs and workers. */
    protected abstract JobStore newStore();

    /**
     * Makes every time that the store of this test holds older by {@code by}, as if that much time had passed: a database's
     * clock cannot be set, but its rows can be.
     */
    protected abstract void age(Duration by);

    @BeforeEach
    final void openStore() {
        fixture = new Fixture(newStore(), this::age);
    }

    private Fixture fixture() {
        if (fixture == null) {
            throw new IllegalStateException("The store is opened before each test");
        }
        return fixture;
    }

    @Nested
    @DisplayName("add")
    class Adding extends AddingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("claim")
    class Claiming extends ClaimingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("settle")
    class Settling extends SettlingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("settle, of jobs that are deleted when they complete")
    class Deleting extends DeletingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("register, beat, deregister, held, takeOver")
    class Leasing extends LeasingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("parents")
    class Parents extends ParentsContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("what becomes of parents whose children fail")
    class Policies extends PoliciesContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("awaitChildren, with the jobs it brings")
    class Spawning extends SpawningContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("groups, seal")
    class Groups extends GroupsContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("finishers, children")
    class Finishers extends FinishersContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("graphs, predecessors")
    class Graphs extends GraphsContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("what becomes of jobs whose predecessors fail")
    class Predecessors extends PredecessorsContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("cancel of a family")
    class FamilyCancelling extends FamilyCancelContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("retry of families and graphs")
    class FamilyRetrying extends FamilyRetryContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("purge of families and graphs")
    class FamilyPurging extends FamilyPurgeContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("the progress of parents")
    class FamilyProgress extends FamilyProgressContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("find, list, count, report, failures")
    class Reading extends ReadingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("cancel, retry")
    class ByHand extends ByHandContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("onCancelRequested")
    class CancelHints extends CancelHintContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("wake")
    class Waking extends WakingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("retryPage")
    class BulkRetrying extends BulkRetryContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("beginStep, finishStep, steps")
    class Stepping extends SteppingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("what leaves a job that undoes steps")
    class LeavingUndo extends LeavingUndoContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("jobs that undo steps, stepUndone")
    class Undoing extends UndoingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("purge")
    class Purging extends PurgingContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("under contention")
    class Contention extends ContentionContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("families under contention")
    class FamilyContention extends FamilyContentionContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("families in turmoil")
    class FamilyTurmoil extends FamilyTurmoilContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("random commands")
    class RandomCommands extends RandomCommandsContract {
        @Override
        public Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }
}
