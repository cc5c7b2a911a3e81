package io.forthwith.examples.customstore;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.json.JobCodec;
import io.forthwith.store.EncodedJob;
import java.util.List;
import java.util.stream.Stream;

/** Short methods that make jobs for tests. */
final class Jobs {
    static final JobType<String> TYPE = JobType.of("print", String.class);

    private Jobs() {}

    static NewJob job(String input) {
        return NewJob.of(TYPE, input);
    }

    static List<EncodedJob> encoded(NewJob... jobs) {
        return Stream.of(jobs)
                .map(job -> new EncodedJob(job, JobCodec.standard().write(job.input())))
                .toList();
    }
}
