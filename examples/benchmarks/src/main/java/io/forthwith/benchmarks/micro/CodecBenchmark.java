package io.forthwith.benchmarks.micro;

import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.json.JobCodec;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import java.util.concurrent.atomic.AtomicReference;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Reads a small input from JSON, as a processor requests it, and writes a small result. */
@State(Scope.Benchmark)
public class CodecBenchmark {
    private static final JobType<ShotVideo> TYPE = JobType.of("shot_video", ShotVideo.class);

    private final JobContext job = contextOf(new PreparedJobs(TYPE.name(), "{\"configId\":\"c-4711\",\"seconds\":5}"));
    private final Video result = new Video("https://example.org/videos/4711.mp4", 5);

    /** The context of a job that a worker has run. */
    private static JobContext contextOf(PreparedJobs jobs) {
        AtomicReference<JobContext> seen = new AtomicReference<>();
        ProcessorRegistry processors = ProcessorRegistry.of().with(TYPE, context -> {
            seen.set(context);
            return null;
        });
        jobs.add(1);
        Worker.of(jobs.store(), processors).build().drain();
        return seen.get();
    }

    /** One input. */
    @Benchmark
    public Object decode() {
        return job.input(ShotVideo.class);
    }

    /** One result. */
    @Benchmark
    public String encode() {
        return JobCodec.standard().write(result);
    }

    private record ShotVideo(String configId, int seconds) {}

    private record Video(String url, int seconds) {}
}
