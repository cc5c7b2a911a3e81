package io.forthwith.studio.kills;

import io.forthwith.ActResult;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.studio.images.ImageRequest;
import io.forthwith.studio.jobs.EpisodeJobs;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import io.forthwith.studio.jobs.StudioJobs.ShotVideo;
import io.forthwith.studio.scenario.Stage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Users who order all the time: images that succeed, or are refused after they were paid; videos that succeed or fail;
 * episodes. They cancel some jobs while they run, and give some a time limit that is too short. One user soon has no
 * credits left.
 */
final class Customers implements AutoCloseable {
    private static final List<String> USERS = List.of("ada", "bob", "cleo", "dan", "eve");
    private static final int PLENTY = 10_000_000;
    private static final String POOR = "eve";
    private static final int LITTLE = 150;
    private static final int PENDING_JOBS = 20;
    private static final long LOOK_EVERY_MILLIS = 10;
    private static final int LONGEST_LIMIT_MILLIS = 200;
    private static final Duration LATEST_CANCEL = Duration.ofMillis(100);

    private final JobClient jobs;
    private final ImageApi api;
    private final Storyboard storyboard;
    private final Random random;
    /** Which jobs to cancel, by the running job during which this happens. */
    private final Map<UUID, UUID> toBeCancelled = new HashMap<>();

    private final List<Cancellation> cancellations = new ArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private ScheduledFuture<?> ordering;
    private volatile RuntimeException failure;

    Customers(DataSource database, CreditLedger credits, ImageApi api, Path folder, long seed) throws Exception {
        this.jobs = JobClient.of(JdbcJobStore.of(database));
        this.api = api;
        this.storyboard = Storyboard.shipped();
        this.random = new Random(seed);
        for (String user : USERS) {
            credits.open(user, user.equals(POOR) ? LITTLE : PLENTY);
        }
        // A video of dawn succeeds, a video of noon fails.
        FilmFolder files = new FilmFolder(folder);
        ImageClient images = new ImageClient(api.uri(), Stage.API_KEY, Texts.in("en"));
        files.storeImage(
                "dawn",
                images.paint(
                        new ImageRequest(shot("dawn").prompt(), shot("dawn").palette())));
        files.storeImage("noon", "not a PNG".getBytes(StandardCharsets.UTF_8));
        api.refuse(shot("night").prompt());
    }

    /** Orders whenever few jobs are open, until this is closed. */
    void keepOrdering() {
        ordering = thread.scheduleWithFixedDelay(this::orderAndCancel, 0, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() throws InterruptedException {
        if (ordering != null) {
            ordering.cancel(false);
        }
        thread.shutdown();
        if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
            throw new IllegalStateException("The customers do not stop ordering");
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void orderAndCancel() {
        try {
            List<Job> open = jobs.scan(JobQuery.all()
                    .status(JobStatus.PENDING, JobStatus.PROCESSING)
                    .atMost(1000));
            long now = System.nanoTime();
            for (Job job : open) {
                UUID unwanted = job.status() == JobStatus.PROCESSING ? toBeCancelled.remove(job.id()) : null;
                if (unwanted != null) {
                    cancellations.add(new Cancellation(unwanted, now + random.nextLong(LATEST_CANCEL.toNanos())));
                }
            }
            cancellations.removeIf(
                    due -> due.isDue(now) && jobs.cancel(due.jobId()).outcome() != ActResult.Outcome.NOT_FOUND);
            long pending = open.stream()
                    .filter(job -> job.status() == JobStatus.PENDING && !job.isUndo())
                    .count();
            List<NewJob> orders = new ArrayList<>();
            for (long i = pending; i < PENDING_JOBS; i++) {
                orders.addAll(order());
            }
            jobs.enqueueAll(orders);
        } catch (RuntimeException failed) {
            failure = failed;
            throw failed;
        }
    }

    private List<NewJob> order() {
        int chance = random.nextInt(100);
        if (chance < 6) {
            return episode("dawn", "dusk").all();
        }
        if (chance < 9) {
            EpisodeJobs unwanted = episode("dawn", "dusk");
            toBeCancelled.put(unwanted.videos().get(0).id(), unwanted.episode().id());
            return unwanted.all();
        }
        return chance < 12 ? episode("dusk", "night").all() : List.of(job(chance));
    }

    private NewJob job(int chance) {
        if (chance < 30) {
            return image("dusk");
        }
        if (chance < 55) {
            return image("night");
        }
        if (chance < 65) {
            return image("dawn").timeLimit(Duration.ofMillis(1 + random.nextInt(LONGEST_LIMIT_MILLIS)));
        }
        if (chance < 80) {
            return cancelled(image("dawn"));
        }
        if (chance < 85) {
            api.beBusy(shot("dusk").prompt(), 1);
            return image("dusk");
        }
        if (chance < 90) {
            return video("dawn");
        }
        return chance < 95 ? cancelled(video("dawn")) : video("noon");
    }

    private NewJob image(String shot) {
        return NewJob.of(StudioJobs.ASSET_IMAGE, new AssetImage(shot)).user(user());
    }

    private NewJob video(String shot) {
        return NewJob.of(StudioJobs.SHOT_VIDEO, new ShotVideo(shot, "pan-right"))
                .user(user());
    }

    private EpisodeJobs episode(String... shots) {
        String user = user();
        return EpisodeJobs.of("An episode", Stream.of(shots).map(this::shot).toList(), job -> job.user(user));
    }

    private NewJob cancelled(NewJob job) {
        toBeCancelled.put(job.id(), job.id());
        return job;
    }

    private String user() {
        return USERS.get(random.nextInt(USERS.size()));
    }

    private Shot shot(String id) {
        return storyboard.shot(id).orElseThrow();
    }

    /** When to cancel a job that is being made, or its episode. */
    private record Cancellation(UUID jobId, long atNanos) {
        boolean isDue(long now) {
            return now - atNanos >= 0;
        }
    }
}
