package io.forthwith.examples.customstore;

import io.forthwith.Job;
import io.forthwith.JobFailure;
import io.forthwith.JobStep;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that one call changes, and so one line of the journal: a crash leaves the whole call or nothing of it.
 *
 * @param jobs the rows it added or replaced, each as a whole
 * @param predecessors the jobs that it added to come after others, and those others
 * @param failures the failed attempts it recorded
 * @param steps the durable steps it added or replaced, each as a whole
 * @param purged the jobs it deleted, and their failed attempts and steps with them
 */
record Change(
        List<Job> jobs,
        Map<UUID, List<UUID>> predecessors,
        List<JobFailure> failures,
        List<JobStep> steps,
        List<UUID> purged) {
    /** Without a limit on lengths: what was written must be readable again. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .build();

    static Change of(Job job, List<UUID> predecessors) {
        Map<UUID, List<UUID>> after = predecessors.isEmpty() ? Map.of() : Map.of(job.id(), predecessors);
        return new Change(List.of(job), after, List.of(), List.of(), List.of());
    }

    static Change of(JobFailure failure) {
        return new Change(List.of(), Map.of(), List.of(failure), List.of(), List.of());
    }

    static Change of(JobStep step) {
        return new Change(List.of(), Map.of(), List.of(), List.of(step), List.of());
    }

    byte[] toLine() {
        return (JSON.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** @throws JacksonException if the line is not whole */
    static Change ofLine(String line) {
        return JSON.readValue(line, Change.class);
    }

    boolean isEmpty() {
        return jobs.isEmpty() && failures.isEmpty() && steps.isEmpty() && purged.isEmpty();
    }
}
