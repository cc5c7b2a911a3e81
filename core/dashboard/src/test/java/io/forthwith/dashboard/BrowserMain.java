package io.forthwith.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.job.JobTab;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.json.JobCodec;
import io.forthwith.limit.LimitKey;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * Serves a dashboard of each of a few stores, for the tests in a browser. When they can be asked it prints one line: {@code ready}, and in JSON where they are and
 * which addresses there are to look at. It runs until it is killed.
 */
final class BrowserMain {
    private final Map<String, Object> stores = new LinkedHashMap<>();

    private BrowserMain() {}

    public static void main(String[] args) throws Exception {
        BrowserMain main = new BrowserMain();
        main.serve("empty", new InMemoryJobStore());
        main.serve("ten", SampleStores.ten());
        main.serve("busy", SampleStores.busy());
        main.serve("hostile", HostileStore.of(SampleStores.hostile()));
        main.serve("acts", SampleStores.toActOn("script", "plain", "spared"));
        JobStore live = new InMemoryJobStore();
        main.serve("live", live);
        Map<String, Object> ready = Map.of(
                "stores",
                main.stores,
                "pages",
                Dashboard.PAGES.stream().map(Page::path).toList(),
                "enqueue",
                enqueueOnRequest(live));
        System.out.println("ready " + JobCodec.standard().write(ready));
        Thread.currentThread().join();
    }

    private void serve(String name, JobStore store) {
        Dashboard dashboard = Dashboard.of(store)
                .access(request -> Access.view("me").payloads().actOnJobs().actOnQueues())
                .name("Store " + name);
        DashboardServer server = DashboardServer.of(dashboard).start();
        stores.put(name, Map.of("url", server.uri().toString(), "addresses", addresses(store)));
    }

    /** Every page as it is without parameters, and those that need some with what this store has. */
    private static List<Map<String, String>> addresses(JobStore store) {
        List<Map<String, String>> addresses = new ArrayList<>();
        for (Page page : Dashboard.PAGES) {
            String path = page.path();
            if (page.isInNavigation()) {
                addresses.add(address(path, path.isEmpty() ? "overview" : path, path));
            }
        }
        List<Job> jobs = JobClient.of(store).scan(JobQuery.all().atMost(1_000));
        Map<String, Job> samples = new LinkedHashMap<>();
        jobs.forEach(job -> samples.putIfAbsent(kind(job), job));
        samples.forEach((kind, job) -> addresses.add(address("job", "job-" + kind, "job?id=" + job.id())));
        samples.forEach((kind, job) -> {
            if (job.relations().isParent()) {
                addresses.add(address("family", "family-" + kind, "family?id=" + job.id()));
            }
        });
        samples.forEach((kind, job) -> {
            if (job.hasUndo() || kind.contains("hostile")) {
                for (JobTab each : JobTab.values()) {
                    String tab = each.name().toLowerCase(Locale.ROOT);
                    addresses.add(address("job", "job-" + kind + "-" + tab, "job?id=" + job.id() + "&tab=" + tab));
                }
            }
        });
        addresses.addAll(questions(store));
        addresses.add(address("jobs", "jobs-failed", "jobs?status=failed"));
        addresses.add(address("jobs", "jobs-none", "jobs?type=there_is_none"));
        // The door refuses a name with a control character, which only a row by hand has.
        return addresses.stream()
                .filter(each ->
                        URLDecoder.decode(each.get("path"), UTF_8).chars().noneMatch(Character::isISOControl))
                .toList();
    }

    /** What is asked before something is done. */
    private static List<Map<String, String>> questions(JobStore store) {
        JobClient jobs = JobClient.of(store);
        List<Map<String, String>> addresses = new ArrayList<>();
        addresses.add(question("retry", "status=failed"));
        addresses.add(question("cancel", "status=pending"));
        jobs.queues().stream()
                .limit(2)
                .forEach(queue -> addresses.add(question("pause-queue", "queue=" + encoded(queue.queue()))));
        jobs.pausedQueues()
                .forEach(pause -> addresses.add(question("resume-queue", "queue=" + encoded(pause.queue()))));
        jobs.limits().list().stream()
                .map(limit -> limit.name().startsWith(LimitKey.TYPE + ":") ? LimitKey.TYPE : limit.name())
                .distinct()
                .forEach(name -> addresses.addAll(keys(jobs, name)));
        addresses.addAll(keys(jobs, LimitKey.SEQUENCE));
        jobs.limits().blocked(null, 1).forEach(blocked -> {
            addresses.add(question("skip", "id=" + blocked.jobId()));
            addresses.add(address("job", "job-blocks", "job?id=" + blocked.jobId()));
        });
        jobs.schedules().list().limit(1).forEach(schedule -> {
            for (String word : List.of("run-schedule", "backfill", "pause-schedule")) {
                addresses.add(question(word, "name=" + encoded(schedule.name())));
            }
            String name = "name=" + encoded(schedule.name());
            addresses.add(address("act", "act-backfill-times", "act?do=backfill&from=2d&to=1h&" + name));
            addresses.add(address("runs", "runs", "runs?" + name));
        });
        return addresses;
    }

    /** The keys of a limit, and what is asked of them. */
    private static List<Map<String, String>> keys(JobClient jobs, String name) {
        List<Map<String, String>> addresses = new ArrayList<>();
        addresses.add(address("limits", "limits-" + name, "limits?name=" + encoded(name)));
        jobs.limits().states(name, null, 5).forEach(state -> {
            String key = "key=" + encoded(state.key().text());
            addresses.add(address(
                    "limit", "limit-" + PageTexts.cut(state.key().key(), 20).replace(':', '-'), "limit?" + key));
            if (state.isOverridden()) {
                for (String word : List.of("pause-limit", "resume-limit", "override-limit", "reset-limit")) {
                    addresses.add(question(word, key));
                }
            }
        });
        return addresses;
    }

    private static Map<String, String> question(String word, String about) {
        return address("act", "act-" + word, "act?do=" + word + "&" + about);
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, UTF_8);
    }

    private static String kind(Job job) {
        return job.status().text() + "-"
                + (job.isUndo() ? "undo" : job.type().startsWith("<") ? "hostile" : job.type());
    }

    private static Map<String, String> address(String page, String name, String path) {
        return Map.of("page", page, "name", name, "path", path);
    }

    /** Enqueues a job of the type that the query of a request names, and answers with its id. */
    private static URI enqueueOnRequest(JobStore store) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                String type = exchange.getRequestURI().getQuery();
                UUID id = JobClient.of(store)
                        .enqueue(NewJob.of(JobType.of(type, String.class), "x").user("visitor"))
                        .id();
                byte[] answer = id.toString().getBytes(UTF_8);
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/");
    }
}
