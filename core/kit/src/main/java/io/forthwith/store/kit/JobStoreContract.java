package io.forthwith.store.kit;

import io.forthwith.store.JobStore;
import io.forthwith.store.kit.fixture.StoreFixture;
import io.forthwith.store.kit.internal.byhand.ActsContract;
import io.forthwith.store.kit.internal.byhand.BulkChangeContract;
import io.forthwith.store.kit.internal.byhand.BulkRetryContract;
import io.forthwith.store.kit.internal.byhand.ChangingContract;
import io.forthwith.store.kit.internal.family.ChildFailureContract;
import io.forthwith.store.kit.internal.family.FamilyCancelContract;
import io.forthwith.store.kit.internal.family.FamilyContentionContract;
import io.forthwith.store.kit.internal.family.FamilyPurgeContract;
import io.forthwith.store.kit.internal.family.FamilyRetryContract;
import io.forthwith.store.kit.internal.family.FamilyStressContract;
import io.forthwith.store.kit.internal.family.FinishersContract;
import io.forthwith.store.kit.internal.family.GraphsContract;
import io.forthwith.store.kit.internal.family.GroupsContract;
import io.forthwith.store.kit.internal.family.ParentProgressContract;
import io.forthwith.store.kit.internal.family.ParentsContract;
import io.forthwith.store.kit.internal.family.PredecessorFailureContract;
import io.forthwith.store.kit.internal.keys.ExpiryContract;
import io.forthwith.store.kit.internal.keys.RandomKeysContract;
import io.forthwith.store.kit.internal.keys.UniqueKeysContract;
import io.forthwith.store.kit.internal.limit.FairnessContract;
import io.forthwith.store.kit.internal.limit.LimitFamiliesContract;
import io.forthwith.store.kit.internal.limit.LimitRacesContract;
import io.forthwith.store.kit.internal.limit.LimitStatesContract;
import io.forthwith.store.kit.internal.limit.LimitedBatchesContract;
import io.forthwith.store.kit.internal.limit.LimitedSchedulesContract;
import io.forthwith.store.kit.internal.limit.LimitsContract;
import io.forthwith.store.kit.internal.limit.RatesContract;
import io.forthwith.store.kit.internal.limit.RestingContract;
import io.forthwith.store.kit.internal.limit.SequencesContract;
import io.forthwith.store.kit.internal.random.RandomCommandsContract;
import io.forthwith.store.kit.internal.role.AddingContract;
import io.forthwith.store.kit.internal.role.AgeingContract;
import io.forthwith.store.kit.internal.role.CancelAndRetryContract;
import io.forthwith.store.kit.internal.role.CancelHintContract;
import io.forthwith.store.kit.internal.role.ClaimingContract;
import io.forthwith.store.kit.internal.role.ContentionContract;
import io.forthwith.store.kit.internal.role.DeletingOnCompletionContract;
import io.forthwith.store.kit.internal.role.JsonValuesContract;
import io.forthwith.store.kit.internal.role.LabelsContract;
import io.forthwith.store.kit.internal.role.LeasingContract;
import io.forthwith.store.kit.internal.role.LeavingUndoJobsContract;
import io.forthwith.store.kit.internal.role.OutcomesContract;
import io.forthwith.store.kit.internal.role.OverdueContract;
import io.forthwith.store.kit.internal.role.PurgingContract;
import io.forthwith.store.kit.internal.role.QueuePausingContract;
import io.forthwith.store.kit.internal.role.QueuesContract;
import io.forthwith.store.kit.internal.role.ReadingContract;
import io.forthwith.store.kit.internal.role.ReportingContract;
import io.forthwith.store.kit.internal.role.RunningUndoJobsContract;
import io.forthwith.store.kit.internal.role.ScheduleChangesContract;
import io.forthwith.store.kit.internal.role.ScheduleFiringContract;
import io.forthwith.store.kit.internal.role.SearchingContract;
import io.forthwith.store.kit.internal.role.SettlingContract;
import io.forthwith.store.kit.internal.role.SituationContract;
import io.forthwith.store.kit.internal.role.SpawningContract;
import io.forthwith.store.kit.internal.role.SteppingContract;
import io.forthwith.store.kit.internal.role.TakingOverContract;
import io.forthwith.store.kit.internal.role.WakingContract;
import io.forthwith.store.kit.internal.role.WorkersContract;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/**
 * Every sentence of the {@link JobStore} contract as a test: one group for each role of the store, one for families and graphs, and two in
 * which many threads, or random commands, use all roles. Extend it in the tests of a store:
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
    private @Nullable StoreFixture fixture;

    /** For subclasses. */
    protected JobStoreContract() {}

    /** A store without jobs and workers. If it has labels, {@code order} and {@code tenant} are declared. */
    protected abstract JobStore newStore();

    /**
     * Makes it look as if {@code by} had passed since everything in the store of this test happened. With a clock of its own, a test moves
     * the clock. The clock of a database cannot be set, but one UPDATE for each table can move all stored times back, except the start of a
     * job, which is part of its claim.
     */
    protected abstract void age(Duration by);

    @BeforeEach
    final void openStore() {
        fixture = new StoreFixture(newStore(), this::age);
    }

    private StoreFixture fixture() {
        if (fixture == null) {
            throw new IllegalStateException("The store is opened before each test");
        }
        return fixture;
    }

    @Nested
    @Tag("JobAccessTests")
    @DisplayName("JobAdding: add, wake")
    class JobAccessTests {
        @Nested
        @DisplayName("add")
        class Adding extends AddingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("unique keys")
        class UniqueKeys extends UniqueKeysContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("inputs and results")
        class JsonInAndOut extends JsonValuesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("wake")
        class Waking extends WakingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("JobReadsTests")
    @DisplayName("JobReads: find, list, count, search, countUpTo, children, predecessors, failures, steps")
    class JobReadsTests {
        @Nested
        @DisplayName("search, countUpTo")
        class Searching extends SearchingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("find, list, count, failures")
        class Reading extends ReadingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("JobControlTests")
    @DisplayName("JobControl: cancel, retry, change, expire, seal, pauseQueue, resumeQueue, purge")
    class JobControlTests {
        @Nested
        @DisplayName("cancel, retry")
        class CancellingAndRetrying extends CancelAndRetryContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("expire")
        class Expiring extends ExpiryContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("change")
        class Changing extends ChangingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("pauseQueue, resumeQueue, pausedQueues")
        class QueuePausing extends QueuePausingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("purge")
        class Purging extends PurgingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("BulkControlTests")
    @DisplayName("BulkControl: retryPage, cancelPage, changePage")
    class BulkControlTests {
        @Nested
        @DisplayName("retryPage")
        class BulkRetrying extends BulkRetryContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("cancelPage, changePage")
        class BulkChanging extends BulkChangeContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("WorkQueueTests")
    @DisplayName("WorkQueue: claim, held, settle, report, takeOver, situation, queues, overdue")
    class WorkQueueTests {
        @Nested
        @DisplayName("situation, and what why says of it")
        class Situation extends SituationContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("queues")
        class Queues extends QueuesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("overdue")
        class Overdue extends OverdueContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("claim")
        class Claiming extends ClaimingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("claim with ageing")
        class Ageing extends AgeingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("settle")
        class Settling extends SettlingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("settle, of jobs that are deleted when they complete")
        class DeletingOnCompletion extends DeletingOnCompletionContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("report")
        class Reporting extends ReportingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("held, takeOver")
        class TakingOver extends TakingOverContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("WorkerLeasesTests")
    @DisplayName("WorkerLeases: register, beat, deregister, workers")
    class WorkerLeasesTests {
        @Nested
        @DisplayName("register, beat, deregister")
        class Leasing extends LeasingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("workers")
        class Workers extends WorkersContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("StepLedgerTests")
    @DisplayName("StepLedger: beginStep, finishStep, stepUndone")
    class StepLedgerTests {
        @Nested
        @DisplayName("beginStep, finishStep, steps")
        class Stepping extends SteppingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("when an undo job is added")
        class AddingUndoJobs extends LeavingUndoJobsContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("undo jobs, stepUndone")
        class UndoJobs extends RunningUndoJobsContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("StoreHintsTests")
    @DisplayName("StoreHints: onCancelRequested, onAdded")
    class StoreHintsTests {
        @Nested
        @DisplayName("onCancelRequested")
        class CancelHints extends CancelHintContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("LabelStoreTests")
    @DisplayName("LabelStore: names; JobReads: list, count, search and countUpTo by a label")
    class LabelStoreTests {
        @Nested
        @DisplayName("names, list, count, search, countUpTo")
        class Labels extends LabelsContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("OutcomeStoreTests")
    @DisplayName("OutcomeStore: record, read, rollUp")
    class OutcomeStoreTests {
        @Nested
        @DisplayName("record, read, rollUp")
        class Outcomes extends OutcomesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("ActStoreTests")
    @DisplayName("ActStore: begin, carryOn, stop, actOn; AuditStore: record, search")
    class ActStoreTests {
        @Nested
        @DisplayName("begin, carryOn, stop, actOn, record, search")
        class Acts extends ActsContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("ScheduleStoreTests")
    @DisplayName("ScheduleStore: change, fireDue, find, list")
    class ScheduleStoreTests {
        @Nested
        @DisplayName("fireDue")
        class Firing extends ScheduleFiringContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("change, find, list")
        class Changing extends ScheduleChangesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("LimitStoreTests")
    @DisplayName("LimitStore: put, list, override, pause, resume, rest, state, states, waiting, untilNextStart")
    class LimitStoreTests {
        @Nested
        @DisplayName("how many jobs of a key run at a time")
        class Limits extends LimitsContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("put, list, override, pause, resume, state, states, waiting")
        class States extends LimitStatesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("how many jobs of a key start in a time")
        class Rates extends RatesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("keys that rest")
        class Resting extends RestingContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("families, deadlines, unique keys, changes by hand")
        class LimitedFamilies extends LimitFamiliesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("jobs of a sequence")
        class Sequences extends SequencesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("jobs that are fair by a key")
        class Fairness extends FairnessContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("many jobs in one call")
        class LimitedBatches extends LimitedBatchesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("jobs of schedules")
        class LimitedSchedules extends LimitedSchedulesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("many threads at once")
        class LimitRaces extends LimitRacesContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("FamilyTests")
    @DisplayName("families and graphs")
    class FamilyTests {
        @Nested
        @DisplayName("parents")
        class Parents extends ParentsContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("parents whose children fail")
        class ChildFailures extends ChildFailureContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("awaitChildren with the jobs that it adds")
        class Spawning extends SpawningContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("groups, seal")
        class Groups extends GroupsContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("finishers, children")
        class Finishers extends FinishersContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("graphs, predecessors")
        class Graphs extends GraphsContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("jobs whose predecessors fail")
        class PredecessorFailures extends PredecessorFailureContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("cancel of a family")
        class FamilyCancelling extends FamilyCancelContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("retry of families and graphs")
        class FamilyRetrying extends FamilyRetryContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("purge of families and graphs")
        class FamilyPurging extends FamilyPurgeContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("the progress of parents")
        class FamilyProgress extends ParentProgressContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("ContentionTests")
    @DisplayName("many threads at once")
    class ContentionTests {
        @Nested
        @DisplayName("single jobs and small families")
        class Contention extends ContentionContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("children that end at the same moment")
        class FamilyContention extends FamilyContentionContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }

        @Nested
        @DisplayName("everything on the same families")
        class FamilyStress extends FamilyStressContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }

    @Nested
    @Tag("RandomCommandTests")
    @DisplayName("random commands and races, compared with a model")
    class RandomCommandTests extends RandomCommandsContract {
        @Override
        public StoreFixture fixture() {
            return JobStoreContract.this.fixture();
        }

        @Nested
        @DisplayName("unique keys and deadlines")
        class RandomKeys extends RandomKeysContract {
            @Override
            public StoreFixture fixture() {
                return JobStoreContract.this.fixture();
            }
        }
    }
}
