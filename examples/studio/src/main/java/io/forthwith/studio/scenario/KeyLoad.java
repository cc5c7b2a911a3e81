package io.forthwith.studio.scenario;

import io.forthwith.NewJob;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.images.Usage;
import io.forthwith.studio.jobs.StudioJobs;
import io.forthwith.studio.jobs.StudioJobs.AssetImage;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** Images that are ordered for one API key. Not thread-safe. */
final class KeyLoad {
    private final Stage stage;
    private final String key;
    private final boolean limited;
    private final List<NewJob> jobs = new ArrayList<>();
    private final List<JobRows.Row> ended = new ArrayList<>();

    private KeyLoad(Stage stage, String key, boolean limited) {
        this.stage = stage;
        this.key = key;
        this.limited = limited;
    }

    /** Jobs under the limit of the key. */
    static KeyLoad limited(Stage stage, String key, int size, Orders orders) {
        KeyLoad load = new KeyLoad(stage, key, true);
        load.fill(size, shot -> StudioJobs.limited(orders.image(shot, key), key));
        return load;
    }

    /** The same jobs without the limit. Each has one attempt, so a job fails if its call is refused. */
    static KeyLoad unlimited(Stage stage, String key, int size, Orders orders) {
        KeyLoad load = new KeyLoad(stage, key, false);
        load.fill(size, shot -> orders.image(shot, key).maxAttempts(1));
        return load;
    }

    private void fill(int size, Making making) {
        stage.api().addKey(key);
        List<Shot> shots = stage.storyboard().shots();
        for (int i = 0; i < size; i++) {
            jobs.add(making.of(shots.get(i % shots.size())));
        }
    }

    String key() {
        return key;
    }

    boolean isLimited() {
        return limited;
    }

    List<NewJob> jobs() {
        return jobs;
    }

    /** What the image service has counted. */
    Usage usage() {
        return stage.api().usage(key);
    }

    /** Waits until all jobs have ended. */
    void awaitEnd() throws SQLException, InterruptedException {
        for (NewJob job : jobs) {
            ended.add(stage.ended(job.id()));
        }
    }

    long completed() {
        return ended.stream().filter(row -> row.status().equals("completed")).count();
    }

    /** When the last job started, in seconds since 1970. */
    double lastStart() {
        return last(row -> Objects.requireNonNullElse(row.startedAt(), 0.0));
    }

    /** When the last job ended, in seconds since 1970. */
    double lastEnd() {
        return last(row -> Objects.requireNonNullElse(row.endedAt(), Double.MAX_VALUE));
    }

    private double last(ToDoubleFunction<JobRows.Row> time) {
        return ended.stream().mapToDouble(time).max().orElse(Double.NaN);
    }

    /** Makes the job for the image of a shot, to be painted with this API key. */
    @FunctionalInterface
    interface Orders {
        NewJob image(Shot shot, String key);

        /** Orders for a user, in a queue. */
        static Orders of(String user, String project, String queue) {
            return (shot, key) -> NewJob.of(StudioJobs.ASSET_IMAGE, new AssetImage(shot.id(), key))
                    .user(user)
                    .project(project)
                    .queue(queue);
        }
    }

    @FunctionalInterface
    private interface Making {
        NewJob of(Shot shot);
    }
}
