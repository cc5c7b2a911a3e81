package io.forthwith.client;

import io.forthwith.Job;
import io.forthwith.NewJob;
import io.forthwith.json.JobCodec;
import io.forthwith.store.Added;
import io.forthwith.store.ChildPages;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.JobAccess;
import io.forthwith.store.JobReads;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** What {@link JobClient} and {@link TransactionJobs} both do. Immutable. */
final class SharedJobCalls {
    private final JobAccess access;
    private final JobReads reads;
    private final JobCodec codec;

    SharedJobCalls(JobAccess access, JobReads reads, JobCodec codec) {
        this.access = access;
        this.reads = reads;
        this.codec = Objects.requireNonNull(codec, "codec");
    }

    EncodedJob encode(NewJob job) {
        return new EncodedJob(job, codec.encodeInput(job));
    }

    UUID enqueue(NewJob job) {
        return enqueueAll(List.of(job)).get(0).id();
    }

    List<Added> enqueueAll(List<NewJob> jobs) {
        if (jobs.isEmpty()) {
            return List.of();
        }
        List<Added> answers = access.add(jobs.stream().map(this::encode).toList());
        if (answers.get(0).outcome().isRefusal()) {
            throw Refusals.of(answers.get(0), jobs);
        }
        return answers;
    }

    Stream<Job> children(UUID id) {
        return ChildPages.stream((after, limit) -> reads.children(id, after, limit));
    }

    Optional<JobWithHistory> history(UUID id) {
        return reads.find(id).map(job -> new JobWithHistory(job, reads.failures(id), reads.steps(id)));
    }

    <T> Optional<T> resultOf(Job job, Class<T> resultClass) {
        return codec.decodeResult(job, resultClass);
    }
}
