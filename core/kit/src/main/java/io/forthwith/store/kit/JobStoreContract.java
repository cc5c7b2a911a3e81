package io.forthwith.store.kit;

import io.forthwith.store.JobStore;
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
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("claim")
    class Claiming extends ClaimingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("settle")
    class Settling extends SettlingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("settle, of jobs that are deleted when they complete")
    class Deleting extends DeletingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("register, beat, deregister, held, takeOver")
    class Leasing extends LeasingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("parents")
    class Parents extends ParentsContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("what becomes of parents whose children fail")
    class Policies extends PoliciesContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("awaitChildren, with the jobs it brings")
    class Spawning extends SpawningContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("groups, seal")
    class Groups extends GroupsContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("second parts, children")
    class SecondParts extends SecondPartsContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("graphs, predecessors")
    class Graphs extends GraphsContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("what becomes of jobs whose predecessors fail")
    class Predecessors extends PredecessorsContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("cancel of a family")
    class FamilyCancelling extends FamilyCancelContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("retry of families and graphs")
    class FamilyRetrying extends FamilyRetryContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("purge of families and graphs")
    class FamilyPurging extends FamilyPurgeContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("the progress of parents")
    class FamilyProgress extends FamilyProgressContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("find, list, count, report, failures")
    class Reading extends ReadingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("cancel, retry")
    class ByHand extends ByHandContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("onCancelRequested")
    class CancelHints extends CancelHintContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("wake")
    class Waking extends WakingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("retryPage")
    class BulkRetrying extends BulkRetryContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("beginStep, finishStep, steps")
    class Stepping extends SteppingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("what leaves a job that undoes steps")
    class LeavingUndo extends LeavingUndoContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("jobs that undo steps, stepUndone")
    class Undoing extends UndoingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("purge")
    class Purging extends PurgingContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("under contention")
    class Contention extends ContentionContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("families under contention")
    class FamilyContention extends FamilyContentionContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("families in turmoil")
    class FamilyTurmoil extends FamilyTurmoilContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }

    @Nested
    @DisplayName("random commands")
    class RandomCommands extends RandomCommandsContract {
        @Override
        Fixture fixture() {
            return JobStoreContract.this.fixture();
        }
    }
}
