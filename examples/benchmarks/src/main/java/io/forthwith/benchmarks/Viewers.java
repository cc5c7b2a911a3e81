package io.forthwith.benchmarks;

import io.forthwith.dashboard.Access;
import io.forthwith.dashboard.Dashboard;
import io.forthwith.dashboard.DashboardServer;
import io.forthwith.store.JobStore;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** People who look at the dashboard of a worker's process: each has one page open, which asks for itself every two seconds, as the script of the page does. */
final class Viewers implements AutoCloseable {
    private static final List<String> PAGES =
            List.of("", "jobs", "", "jobs?status=failed", "", "queues", "workers", "", "failures", "jobs?type=job");
    private static final long EVERY_MILLIS = 2_000;
    private static final int WARM = 2_000;

    private final DashboardServer server;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);
    private final List<ScheduledFuture<?>> looking = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    Viewers(JobStore store, int viewers) {
        server = DashboardServer.of(Dashboard.of(store).access(request -> Access.view("viewer")))
                .start();
        for (int i = 0; i < viewers; i++) {
            String page = server.uri() + PAGES.get(i % PAGES.size());
            AtomicReference<String> tag = new AtomicReference<>("\"none\"");
            looking.add(threads.scheduleAtFixedRate(
                    () -> look(page, tag), i * EVERY_MILLIS / viewers, EVERY_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    /** Looks so often that what makes the pages is compiled, as what runs the jobs is after a round. */
    void warmUp() {
        for (int i = 0; i < WARM; i++) {
            look(server.uri() + PAGES.get(i % PAGES.size()), new AtomicReference<>("\"none\""));
        }
    }

    private void look(String page, AtomicReference<String> tag) {
        try {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(URI.create(page))
                            .header("If-None-Match", tag.get())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200 && response.statusCode() != 304) {
                throw new IllegalStateException(page + " answered " + response.statusCode());
            }
            response.headers().firstValue("ETag").ifPresent(tag::set);
        } catch (IOException e) {
            throw new IllegalStateException("A viewer cannot see " + page, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Throws if a viewer could not see a page. */
    @Override
    public void close() throws Exception {
        try {
            for (ScheduledFuture<?> look : looking) {
                // One that has failed is done; the others are not.
                if (look.isDone()) {
                    look.get();
                }
            }
        } finally {
            threads.shutdownNow();
            server.close();
        }
    }
}
