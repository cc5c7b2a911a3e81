package io.forthwith.jdbc;

import io.forthwith.Job;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;

/** Short words for jobs in tests. */
public final class Jobs {
    static final JobType<String> TYPE = JobType.of("shot_video_generation", String.class);

    private Jobs() {}

    static NewJob job() {
        return NewJob.of(TYPE, "");
    }

    static List<EncodedJob> encoded(NewJob... jobs) {
        return Arrays.stream(jobs).map(job -> new EncodedJob(job, "{\"n\":1}")).toList();
    }

    public static List<EncodedJob> many(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new EncodedJob(job(), "{}"))
                .toList();
    }

    static UUID worker(JobStore store) {
        UUID id = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(id, "test", "localhost", 1), Duration.ofMinutes(10));
        return id;
    }

    static List<Job> claim(JobStore store, UUID worker, int limit) {
        return store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), limit, Set.of(), 3));
    }

    /** Registers a worker and claims everything that is due. */
    public static List<Job> claimAll(JobStore store) {
        return claim(store, worker(store), ClaimRequest.MOST_JOBS);
    }

    public static List<Settlement> completed(List<Job> jobs) {
        return jobs.stream()
                .map(job -> Settlement.complete(Claim.of(job), null))
                .toList();
    }
}
