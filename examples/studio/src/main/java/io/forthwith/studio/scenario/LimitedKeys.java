package io.forthwith.studio.scenario;

import io.forthwith.event.JobEvent;
import io.forthwith.limit.Limit;
import io.forthwith.studio.Texts;
import io.forthwith.studio.images.Allowance;
import io.forthwith.studio.images.Usage;
import io.forthwith.studio.jobs.AssetImageProcessor;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.show.Table;
import io.forthwith.worker.Worker;
import io.forthwith.worker.WorkerBuilder;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * L: two workers call the image service with three API keys, each of which the service allows three calls at a time and
 * twenty a minute. The limit keeps to that. Before, the same jobs without the limit show that the service does refuse.
 */
final class LimitedKeys implements Scenario {
    private static final String USER = "cleo";
    /** More than a key may start in a minute. */
    private static final int MANY = 24;

    private static final int FEW = 3;

    private final Supplier<WorkerBuilder> workers;
    private final Allowance allowance;

    LimitedKeys(Supplier<WorkerBuilder> workers, Allowance allowance) {
        this.workers = workers;
        this.allowance = allowance;
    }

    @Override
    public void play(Stage stage, Checks checks) throws Exception {
        stage.credits().open(USER, (3 * MANY + FEW) * AssetImageProcessor.PRICE);
        String queue = "images-" + UUID.randomUUID().toString().substring(0, 8);
        // A project of their own keeps so many jobs out of the report.
        KeyLoad.Orders orders = KeyLoad.Orders.of(USER, stage.projectId() + "-keys", queue);
        KeyLoad free = KeyLoad.unlimited(stage, "key-0", MANY, orders);
        KeyLoad big = KeyLoad.limited(stage, "key-1", MANY, orders);
        KeyLoad alsoBig = KeyLoad.limited(stage, "key-2", MANY, orders);
        KeyLoad small = KeyLoad.limited(stage, "key-3", FEW, orders);
        AtomicInteger byOne = new AtomicInteger();
        AtomicInteger byTwo = new AtomicInteger();
        checks.show(List.of("  " + stage.texts().say("keys_hidden")));
        Runnable show = stage.log().hide();
        try (Worker one = worker("images-1", queue, byOne);
                Worker two = worker("images-2", queue, byTwo)) {
            play(stage, free);
            play(stage, big, alsoBig, small);
        } finally {
            show.run();
        }
        List<KeyLoad> limited = List.of(big, alsoBig, small);
        checks.show(table(stage.texts(), List.of(free, big, alsoBig, small)));
        checks.show(List.of("  " + minute(stage.texts())));
        checkRefusals(stage.texts(), checks, free, limited);
        checkMost(stage.texts(), checks, limited);
        checkNotHeldUp(stage.texts(), checks, small, big, alsoBig);
        checks.that(
                byOne.get() > 0 && byTwo.get() > 0,
                stage.texts().say("keys_workers"),
                stage.texts().say("keys_workers_value", byOne.get(), byTwo.get()),
                "> 0");
    }

    private Worker worker(String name, String queue, AtomicInteger started) {
        return workers.get()
                .name(name)
                .queues(queue)
                .listener(event -> {
                    if (event instanceof JobEvent.Started && !event.job().isUndo()) {
                        started.incrementAndGet();
                    }
                })
                .start();
    }

    /** Enqueues the jobs in one call and in this order, so that the last ones find the others before them. */
    private static void play(Stage stage, KeyLoad... loads) throws SQLException, InterruptedException {
        stage.jobs()
                .enqueueAll(
                        Stream.of(loads).flatMap(load -> load.jobs().stream()).toList());
        for (KeyLoad load : loads) {
            load.awaitEnd();
        }
    }

    private static List<String> table(Texts texts, List<KeyLoad> loads) {
        List<String> columns = Stream.of(
                        "key", "limit", "jobs", "completed", "calls", "at_a_time", "in_a_minute", "refused")
                .map(name -> texts.say("keys_" + name))
                .toList();
        Table table = new Table(columns, Set.copyOf(columns.subList(2, columns.size())));
        for (KeyLoad load : loads) {
            Usage usage = load.usage();
            table.add(List.of(
                    load.key(),
                    load.isLimited() ? StudioJobs.IMAGE_API : texts.say("keys_no_limit"),
                    Integer.toString(load.jobs().size()),
                    Long.toString(load.completed()),
                    Integer.toString(usage.calls()),
                    Integer.toString(usage.mostAtATime()),
                    Integer.toString(usage.mostInAMinute()),
                    Integer.toString(usage.refused())));
        }
        return table.lines();
    }

    /** Which time stands for the minute: the table means nothing without it. */
    private String minute(Texts texts) {
        Limit limit = StudioJobs.imageLimit(allowance);
        return texts.say(
                "keys_minute",
                allowance.atATime(),
                allowance.starts(),
                seconds(allowance.minute()),
                seconds(Objects.requireNonNull(limit.period())));
    }

    private static void checkRefusals(Texts texts, Checks checks, KeyLoad free, List<KeyLoad> limited) {
        checks.that(
                free.usage().refused() > 0,
                texts.say("keys_without"),
                texts.say(
                        "keys_refused_value",
                        free.usage().refused(),
                        free.usage().calls()),
                "> 0");
        for (KeyLoad load : limited) {
            int jobs = load.jobs().size();
            // A call that waits for a processor until its margin of time is over is refused, and made again.
            checks.that(
                    load.completed() == jobs
                            && Checks.inTime(
                                    load.usage().calls() == jobs && load.usage().refused() == 0),
                    load.key(),
                    texts.say(
                            "keys_done",
                            load.completed(),
                            load.usage().calls(),
                            load.usage().refused()),
                    texts.say("keys_done", jobs, jobs, 0));
        }
    }

    private void checkMost(Texts texts, Checks checks, List<KeyLoad> limited) {
        int atATime = most(limited, Usage::mostAtATime);
        int inAMinute = most(limited, Usage::mostInAMinute);
        checks.that(
                atATime <= allowance.atATime() && Checks.inTime(inAMinute <= allowance.starts()),
                texts.say("keys_most"),
                texts.say("keys_most_value", atATime, inAMinute),
                texts.say("keys_most_value", allowance.atATime(), allowance.starts()));
    }

    private static int most(List<KeyLoad> loads, ToIntFunction<Usage> count) {
        return loads.stream().map(KeyLoad::usage).mapToInt(count).max().orElseThrow();
    }

    /** The jobs of the small key are claimed last, and end while the others still wait for their rate. */
    private static void checkNotHeldUp(Texts texts, Checks checks, KeyLoad small, KeyLoad big, KeyLoad alsoBig) {
        double earlier = Math.min(big.lastStart(), alsoBig.lastStart()) - small.lastEnd();
        checks.that(
                earlier > 0,
                texts.say("keys_not_held_up"),
                texts.say("keys_not_held_up_value", small.key(), "%.1f".formatted(earlier), big.key()),
                "> 0 s");
    }

    private static String seconds(Duration time) {
        return Long.toString(time.toSeconds());
    }
}
