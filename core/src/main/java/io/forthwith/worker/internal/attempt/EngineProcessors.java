package io.forthwith.worker.internal.attempt;

import java.util.function.Function;

/**
 * The processors that an engine runs, and how it calls them. Immutable.
 *
 * @param call makes the call; its argument records the failures that the call does not throw
 */
public record EngineProcessors(
        RegisteredProcessors processors, Function<ProcessorCall.FailureRecorder, ProcessorCall> call) {}
