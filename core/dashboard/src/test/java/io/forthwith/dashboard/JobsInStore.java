package io.forthwith.dashboard;

import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** A store with jobs that pages show. */
final class JobsInStore {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    final InMemoryJobStore store = new InMemoryJobStore();
    final JobClient client = JobClient.of(store);

    static NewJob job(String type) {
        return NewJob.of(JobType.of(type, String.class), "input of " + type);
    }

    UUID add(String type) {
        return client.enqueue(job(type)).id();
    }

    UUID add(NewJob job) {
        return client.enqueue(job).id();
    }

    /** Runs a job of a type until it has failed. */
    UUID fail(NewJob job, JobException error) {
        return run(List.of(job), error).get(0);
    }

    /** Runs jobs of one type until all have failed. */
    List<UUID> failAll(List<NewJob> jobs, JobException error) {
        return run(jobs, error);
    }

    /** Runs a job of a type until it has completed. */
    UUID complete(NewJob job) {
        return run(List.of(job), null).get(0);
    }

    private List<UUID> run(List<NewJob> jobs, JobException error) {
        List<UUID> ids = jobs.stream().map(job -> client.enqueue(job).id()).toList();
        work(jobs.get(0).type().name(), error, ids.toArray(UUID[]::new));
        return ids;
    }

    /** Runs jobs of a type that are there until all have ended. */
    void work(String type, JobException error, UUID... ids) {
        ProcessorRegistry processors = ProcessorRegistry.of().with(JobType.of(type, String.class), context -> {
            if (error != null) {
                throw error;
            }
            return "done";
        });
        try (Worker worker = Worker.of(store, processors)
                .onlyRegisteredTypes(true)
                .pollInterval(Duration.ofMillis(10))
                .start()) {
            for (UUID id : ids) {
                if (client.await(id, PATIENCE).isEmpty()) {
                    throw new AssertionError("Job " + id + " has not ended");
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
