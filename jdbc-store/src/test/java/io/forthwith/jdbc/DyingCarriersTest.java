package io.forthwith.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.internal.UuidV7;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.AuditEntry;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("An act over two thousand jobs whose carriers die before and after commits")
class DyingCarriersTest {
    private static final JobType<String> TYPE = JobType.of("work", String.class);
    private static final int JOBS = 2_000;
    private static final int AT_ONCE = 500;
    private static final Duration LEASE = Duration.ofHours(1);

    private JobStore store;
    private UUID worker;

    @ParameterizedTest
    @MethodSource("io.forthwith.jdbc.TestDatabase#oneOrAll")
    @DisplayName(
            "retries each job exactly once, also if the jobs run and fail again meanwhile, and the audit has each id once")
    void retried(TestDatabase kind) {
        DataSource database = kind.migrated();
        store = JdbcJobStore.of(database);
        worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "test", "localhost", 1), LEASE);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < JOBS; i += AT_ONCE) {
            List<EncodedJob> some = new ArrayList<>();
            for (int j = 0; j < AT_ONCE; j++) {
                // Some are alone in their parts, because they have keys.
                NewJob job = NewJob.of(TYPE, "x");
                some.add(new EncodedJob(j % 250 == 7 ? job.uniqueKey("key-" + i + "-" + j) : job, "\"x\""));
            }
            store.add(some).forEach(each -> ids.add(each.id().toString()));
        }
        runAndFailAll();
        NewAct act =
                new NewAct(UuidV7.next(), Deed.retry(), JobQuery.all(), null, null, new Author("ada", "test", null));
        acts(store).begin(act);

        long seed = System.nanoTime();
        Random random = new Random(seed);
        int deaths = 0;
        while (find(act).state() == BulkAct.State.OPEN) {
            boolean isCommitted = random.nextBoolean();
            int commits = 1 + random.nextInt(3);
            ActStore carrier = acts(JdbcJobStore.of(DyingDataSource.at(database, commits, isCommitted)));
            try {
                while (carrier.carryOn() == Remaining.MORE) {
                    // Until it dies.
                }
            } catch (JobStoreException dead) {
                deaths++;
            }
            runAndFailAll();
        }

        assertThat(deaths).as("deaths, seed %d", seed).isGreaterThan(2);
        assertThat(find(act).progress().done()).as("seed %d", seed).isEqualTo(JOBS);
        assertThat(find(act).progress().skipped()).isEmpty();
        assertThat(audited(act)).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(ids);
        // Each has run once before the act, and once after its retry.
        assertThat(Sql.query(database, "SELECT claim, count(*) FROM job GROUP BY claim"))
                .as("seed %d", seed)
                .containsExactly(List.of("2", Integer.toString(JOBS)));
    }

    private static ActStore acts(JobStore store) {
        return store.acts().orElseThrow();
    }

    private BulkAct find(NewAct act) {
        return acts(store).find(act.id()).orElseThrow();
    }

    private List<String> audited(NewAct act) {
        return store.audit().orElseThrow().search(null, null, null, 1_000).entries().stream()
                .filter(entry -> act.id().equals(entry.act()))
                .map(AuditEntry::subjects)
                .flatMap(List::stream)
                .toList();
    }

    private void runAndFailAll() {
        ClaimRequest request = new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), AT_ONCE, Set.of(TYPE.name()), 3);
        for (List<Job> jobs = store.claim(request); !jobs.isEmpty(); jobs = store.claim(request)) {
            store.settle(jobs.stream()
                    .<Settlement>map(job ->
                            Settlement.fail(Claim.of(job), JobError.permanent("broken", "It broke"), Locale.ENGLISH))
                    .toList());
        }
        assertThat(store.countByScan(JobQuery.all().status(JobStatus.PENDING, JobStatus.PROCESSING)))
                .isZero();
    }
}
