package io.forthwith.micrometer;

import static org.awaitility.Awaitility.await;

import io.forthwith.JobException;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.NotReadyException;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobEvent;
import io.forthwith.limit.Limit;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A worker whose jobs have come to each end that an attempt may have, and the metrics of it. */
final class EveryOutcome {
    static final Duration SOON = Duration.ofMinutes(1);

    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final JobMetrics metrics = JobMetrics.withoutThread(registry);
    private final JobStore memory = new InMemoryJobStore();
    final JobStore store = metrics.observe(memory);
    private final JobClient jobs = JobClient.of(store);
    private final List<JobEvent> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch never = new CountDownLatch(1);

    static JobType<Void> type(String name) {
        return JobType.of(name);
    }

    /** Runs them, and stops the worker. What is said of workers and running attempts is from the moment before that, with one attempt. */
    Scrape scrape() throws Exception {
        JobType<Void> ok = type("ok");
        ProcessorRegistry processors = ProcessorRegistry.of()
                .with(ok, job -> null)
                .with(type("parent"), job -> {
                    job.spawn(NewJob.of(ok).queue("children"));
                    return null;
                })
                .with(type("broken"), job -> {
                    throw JobException.permanent("out_of_paint", "There is no paint");
                })
                .with(type("flaky"), job -> {
                    throw JobException.retryable("The service is busy").after(Duration.ofHours(1));
                })
                .with(type("later"), job -> {
                    throw new NotReadyException(Duration.ofHours(1), "The picture is not there");
                })
                .with(type("slow"), job -> {
                    never.await();
                    return null;
                })
                .with(type("lost"), job -> {
                    if (job.job().lostWorkers() == 0) {
                        loseWorker(Objects.requireNonNull(job.job().workerId()));
                    }
                    return null;
                });
        Worker worker = Worker.of(store, processors)
                .queues("default", "children")
                .gracePeriod(Duration.ZERO)
                // Its heartbeats, of which one finds that the worker is lost, come every second.
                .lease(Duration.ofSeconds(4))
                .listener(metrics)
                .listener(events::add)
                .start();
        for (String each : List.of("ok", "parent", "broken", "flaky", "later")) {
            jobs.enqueue(NewJob.of(type(each)));
        }
        jobs.enqueue(NewJob.of(ok).delay(Duration.ofHours(1)));
        UUID slow = jobs.enqueue(NewJob.of(type("slow"))).id();
        awaitEvent("Started", "slow");
        jobs.cancel(slow);
        awaitEvent("Cancelled", "slow");
        jobs.enqueue(NewJob.of(type("lost")));
        awaitEvent("Refused", "lost");
        awaitEvent("Completed", "lost");
        jobs.enqueue(NewJob.of(type("slow")));
        await().atMost(SOON).until(() -> seen("Started", "slow") == 2);
        for (String each : List.of("Completed", "Waiting", "Failed", "RetryScheduled", "Postponed")) {
            await().atMost(SOON).until(() -> kinds().contains(each));
        }
        jobs.limits().put(Limit.of("tenant").concurrency(1));
        metrics.sample();
        Scrape running = Scrape.of(registry);
        worker.close();
        awaitEvent("GivenBack", "slow");
        Scrape stopped = Scrape.of(registry);
        return new Scrape(Stream.concat(
                        running.lines().stream().filter(EveryOutcome::isOfRunning),
                        stopped.lines().stream().filter(line -> !isOfRunning(line)))
                .toList());
    }

    private static boolean isOfRunning(Scrape.Line line) {
        return line.name().startsWith("forthwith_worker") || line.name().equals("forthwith_job_active");
    }

    /** As if the worker had not been heard of for long, and another one had noticed. */
    private void loseWorker(UUID worker) {
        memory.deregister(worker);
        store.takeOver(new TakeOverRequest(3, Duration.ZERO, Locale.ENGLISH));
    }

    private void awaitEvent(String kind, String type) {
        await().atMost(SOON).until(() -> seen(kind, type) > 0);
    }

    private long seen(String kind, String type) {
        return events.stream()
                .filter(event -> event.getClass().getSimpleName().equals(kind)
                        && event.job().type().equals(type))
                .count();
    }

    private Set<String> kinds() {
        return events.stream().map(event -> event.getClass().getSimpleName()).collect(Collectors.toSet());
    }
}
