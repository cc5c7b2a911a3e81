/**
 * The engine: the loops of a worker, its slots and its threads. Not exported.
 *
 * <p>The way of a job from its claim to its event:
 *
 * <ol>
 *   <li>{@code ClaimLoop} claims it from the store, and makes a
 *   <li>{@code RunningJob}, which waits in the buffer of
 *   <li>{@code JobSlots} until a thread is free.
 *   <li>{@code JobRunner} runs one attempt on that thread. It calls
 *   <li>{@code JobProcessor}, which asks
 *   <li>{@code RegisteredProcessors} for the processor of the type, and calls it.
 *   <li>{@code SettlementDecision} decides what follows from the outcome.
 *   <li>{@code SettleLoop} writes it, together with those of other jobs.
 *   <li>{@code SettlementFollowUp} does what the answer of the store makes necessary, logs it, and calls
 *   <li>{@code EventLoop}, which tells the listeners.
 * </ol>
 *
 * <p>A job of a type that runs in batches waits in {@code BatchBuffer} instead, {@code BatchCompany} claims others for its call, and {@code
 * BatchRunner} makes it: one call, after which each job goes its own way as above.
 *
 * <p>{@code Engine} connects the parts, {@code WorkerThreads} starts and stops their threads.
 */
@NullMarked
package io.forthwith.worker.internal;

import org.jspecify.annotations.NullMarked;
