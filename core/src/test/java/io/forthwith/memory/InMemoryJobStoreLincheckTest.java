package io.forthwith.memory;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.rows.AbstractJobStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whatever threads call it at the same moment, each call looks as if it had been alone: Lincheck draws the calls and looks at the ways in
 * which they may be interleaved.
 */
@Param(name = "job", gen = IntGen.class, conf = "1:2")
@Param(name = "worker", gen = IntGen.class, conf = "1:2")
@Tag("slow")
public class InMemoryJobStoreLincheckTest {
    /** What the name of a class begins with that works on rows, under the lock. */
    private static final String ROW = AbstractJobStore.class.getPackageName() + ".Row";

    private final InMemoryJobStore store = new InMemoryJobStore(() -> Instant.EPOCH, new Random(1));

    public InMemoryJobStoreLincheckTest() {
        Calls.registerTwo(store);
    }

    @Operation
    public String add(@Param(name = "job") int job) {
        return store.add(Calls.toAdd(job)).toString();
    }

    @Operation
    public String claim(@Param(name = "worker") int worker) {
        return Calls.claims(store.claim(Calls.toClaim(worker)));
    }

    @Operation
    public String complete(@Param(name = "job") int job, @Param(name = "worker") int worker) {
        return store.settle(Calls.toComplete(job, worker)).toString();
    }

    @Operation
    public String giveBack(@Param(name = "job") int job, @Param(name = "worker") int worker) {
        return store.settle(Calls.toGiveBack(job, worker)).toString();
    }

    @Operation
    public ActResult cancel(@Param(name = "job") int job) {
        return store.cancel(Calls.jobId(job), Locale.ENGLISH);
    }

    /** Only one of them: take-over is one transaction for each worker, so with two it may see the second one's end and not the first one's. */
    @Operation
    public void deregister() {
        store.deregister(Calls.workerId(1));
    }

    @Operation
    public String takeOver() {
        return store.takeOver(Calls.TO_TAKE_OVER).toString();
    }

    @Operation
    public String find(@Param(name = "job") int job) {
        return Calls.state(store.find(Calls.jobId(job)));
    }

    /** What is called under the lock, if there is one: threads may change places before and after a call, and not within. */
    private static boolean isGuarded(String className) {
        return isOneOf(className, InMemoryRows.class)
                || Stream.of("Transaction", "Adding", "Claiming", "Settling", "Control")
                        .anyMatch(part -> className.startsWith(ROW + part));
    }

    /** What shares nothing. */
    private static boolean isIrrelevant(String className) {
        return className.startsWith("io.forthwith.")
                && !isGuarded(className)
                && !isOneOf(className, InMemoryJobStore.class, AbstractJobStore.class);
    }

    /** One of these types, or nested in one. */
    private static boolean isOneOf(String className, Class<?>... types) {
        return Stream.of(types).anyMatch(type -> className.startsWith(type.getName()));
    }

    @Test
    void concurrent_calls_have_the_effect_of_some_sequential_order() {
        new ModelCheckingOptions()
                .addGuarantee(forClasses(InMemoryJobStoreLincheckTest::isGuarded)
                        .allMethods()
                        .treatAsAtomic())
                .addGuarantee(forClasses(InMemoryJobStoreLincheckTest::isIrrelevant)
                        .allMethods()
                        .ignore())
                .logLevel(LoggingLevel.OFF)
                .threads(2)
                .actorsBefore(2)
                .actorsPerThread(2)
                .actorsAfter(0)
                .iterations(2)
                .invocationsPerIteration(25)
                .check(InMemoryJobStoreLincheckTest.class);
    }

    /** What is asked and what is answered, in words that can be compared. */
    private static final class Calls {
        static final TakeOverRequest TO_TAKE_OVER = new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH);
        private static final JobType<Integer> TYPE = JobType.of("work", Integer.class);

        static UUID workerId(int number) {
            return new UUID(1, number);
        }

        static UUID jobId(int number) {
            return new UUID(2, number);
        }

        static void registerTwo(InMemoryJobStore store) {
            for (int number = 1; number <= 2; number++) {
                store.register(
                        ReadModelFactory.workerInfo(workerId(number), "w" + number, "host", number),
                        Duration.ofSeconds(20));
            }
        }

        static List<EncodedJob> toAdd(int job) {
            return List.of(new EncodedJob(NewJob.of(TYPE, 1).id(jobId(job)).uniqueKey("same"), "1"));
        }

        static ClaimRequest toClaim(int worker) {
            return new ClaimRequest(workerId(worker), List.of(NewJob.DEFAULT_QUEUE), 2, Set.of(TYPE.name()), 3);
        }

        static List<Settlement> toComplete(int job, int worker) {
            return List.of(Settlement.complete(new Claim(jobId(job), 1, workerId(worker), Instant.EPOCH), "1"));
        }

        static List<Settlement> toGiveBack(int job, int worker) {
            return List.of(Settlement.giveBack(new Claim(jobId(job), 1, workerId(worker), Instant.EPOCH)));
        }

        static String claims(List<Job> claimed) {
            return claimed.stream().map(Claim::of).toList().toString();
        }

        static String state(Optional<Job> job) {
            return job.map(found -> found.status() + " by claim " + found.claim())
                    .orElse("none");
        }
    }
}
