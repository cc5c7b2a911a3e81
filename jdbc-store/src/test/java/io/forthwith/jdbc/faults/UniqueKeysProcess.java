package io.forthwith.jdbc.faults;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.UniqueKey;
import io.forthwith.client.JobClient;
import io.forthwith.jdbc.JdbcJobStore;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Enqueues jobs with the same keys as other processes do, when it is told to, and says for each key of each scope what was answered. Ends with its
 * parent.
 *
 * <p>Not a test. Arguments: URL, number of keys.
 */
public final class UniqueKeysProcess {
    static final JobType<String> TYPE = JobType.of("keyed", String.class);

    private UniqueKeysProcess() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        JobClient jobs = JobClient.of(JdbcJobStore.of(DurableServer.at(args[0])));
        int keys = Integer.parseInt(args[1]);
        ChildWorker.say("READY");
        System.in.read();
        for (int i = 0; i < keys; i++) {
            UniqueKey key = UniqueKey.of("key-" + i);
            for (UniqueKey scoped : List.of(key, key.untilStarted(), key.forPeriod(Duration.ofHours(1)))) {
                NewJob job = NewJob.of(TYPE, "x").uniqueKey(scoped);
                jobs.enqueueAll(List.of(job))
                        .forEach(answer -> ChildWorker.say(
                                (answer.isNew() ? "ADDED" : "KEY_TAKEN") + " " + scoped.scope() + " " + answer.id()));
            }
        }
        ChildWorker.say("DONE");
        while (System.in.read() >= 0) {
            // No more input comes: this process ends when its parent does.
        }
        Runtime.getRuntime().halt(0);
    }
}
