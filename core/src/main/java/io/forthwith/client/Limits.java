package io.forthwith.client;

import io.forthwith.internal.NullRules;
import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.store.limit.LimitStore;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Declares limits, changes what holds for single keys, and says how they stand. Every change is atomic and durable when the method returns, and holds from the next claim
 * on; running jobs go on. Immutable and thread-safe. Methods that throw {@link io.forthwith.JobStoreException} may be called again.
 *
 * <p><b>A change waits for no claim.</b> {@link #override}, {@link #pause}, {@link #rest} and {@link #resume} are stored at once, although a claim that has gone silent may
 * keep the key locked. Then they wait for at most half a second for the claims that had begun, and {@linkplain LimitChangeResult#hasOpenClaim say} whether one was still open. If
 * another call has changed the same key and does not commit, they throw after half a second, and nothing is changed.
 */
public final class Limits {
    private static final String NO_KEY = "give the key of a limit, as new LimitKey(\"tenant\", \"acme\")";

    private final LimitStore store;

    Limits(LimitStore store) {
        this.store = store;
    }

    /** Declares a limit, or replaces the one of its name. One on a type counts the jobs that start after it was declared. */
    public void put(Limit limit) {
        NullRules.require(limit, "limit", "give Limit.of(name)");
        store.put(limit);
    }

    /** The declared limits, by name. There are few. */
    public List<Limit> list() {
        return store.list();
    }

    /**
     * Sets what holds for one key only, as long as a limit of its name is declared.
     *
     * @param limit with the {@linkplain LimitKey#limitName name} of the key's limit; null to go back to what is declared
     * @return how the key stands
     * @throws IllegalArgumentException if it has another name
     */
    public LimitChangeResult override(LimitKey key, @Nullable Limit limit) {
        return store.override(given(key), limit);
    }

    /**
     * Lets no job of a key start until {@link #resume}. A key that is paused already stays as it is.
     *
     * @return the pause that is in force, and whether an earlier claim may still start jobs
     */
    public LimitChangeResult pause(LimitKey key, Pause pause) {
        NullRules.require(pause, "pause", "give Pause.of() or Pause.by(who)");
        return store.pause(given(key), pause);
    }

    /**
     * Lets no job of a key start for so long, by the clock of the store: what the key stands for has asked to wait. It never shortens a rest.
     *
     * @return how the key stands
     * @throws IllegalArgumentException if it is negative or longer than 100 years
     */
    public LimitChangeResult rest(LimitKey key, Duration duration) {
        NullRules.require(duration, "duration", "give how long no job of the key may start");
        return store.rest(given(key), duration);
    }

    /**
     * Ends the pause of a key, and its rest.
     *
     * @return how the key stands, and {@linkplain LimitChangeResult#wasPaused whether it was paused}
     */
    public LimitChangeResult resume(LimitKey key) {
        return store.resume(given(key));
    }

    /** How a key stands, also one that no job has used. It need not be one consistent read. */
    public LimitState state(LimitKey key) {
        return store.state(given(key));
    }

    /**
     * How the keys of a limit stand, in the order of their keys, without keys that no claim has met and nobody has changed, and perhaps without those that nothing uses
     * now; of {@value LimitKey#FAIR} those that have waiting jobs, or that somebody has changed. It need not be one consistent read.
     *
     * @param name the name of the limit; of one on a type {@value LimitKey#TYPE}
     * @param after only keys that come later; null for the first page
     * @param atMost how many, 1 to 1,000
     */
    public List<LimitState> states(String name, @Nullable String after, int atMost) {
        NullRules.require(name, "name", "give the name of the limit");
        return store.states(name, after, atMost);
    }

    /**
     * How the keys stand that are {@linkplain #pause paused}, in their order, also those of limits that are not declared. It need not be one consistent read.
     *
     * @param atMost how many, 1 to 1,000
     */
    public List<LimitState> paused(int atMost) {
        return store.paused(atMost);
    }

    /**
     * Which jobs wait for a key: those that {@link LimitState#waiting} counts. It looks at {@link WaitingJobs#MOST} of them. It need not be one consistent read.
     *
     * @param atMost how many of the first ones to name, 1 to 1,000
     */
    public WaitingJobs waitingJobs(LimitKey key, int atMost) {
        return store.waitingJobs(given(key), atMost);
    }

    /**
     * The sequences whose jobs wait behind one that has failed and {@linkplain io.forthwith.limit.SequenceFailurePolicy#BLOCK blocks} them, also if none waits now, in the
     * order of their keys.
     *
     * @param after only keys that come later; null for the first page
     * @param atMost how many, 1 to 1,000
     */
    public List<BlockedSequence> blocked(@Nullable String after, int atMost) {
        return store.blocked(after, atMost);
    }

    /**
     * Lets the jobs of a sequence pass one that has failed and blocks them. It stays failed. If it is retried, it is first again while it is open; if it fails once more, the
     * others pass it.
     *
     * @return whether it blocked them
     */
    public boolean skip(UUID id) {
        return store.skip(SharedJobCalls.given(id));
    }

    private static LimitKey given(LimitKey key) {
        NullRules.require(key, "key", NO_KEY);
        return key;
    }
}
