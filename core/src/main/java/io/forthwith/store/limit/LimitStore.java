package io.forthwith.store.limit;

import io.forthwith.limit.BlockedSequence;
import io.forthwith.limit.Limit;
import io.forthwith.limit.LimitChangeResult;
import io.forthwith.limit.LimitKey;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.Pause;
import io.forthwith.limit.SequenceFailurePolicy;
import io.forthwith.limit.WaitingJobs;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The limits, and how their keys stand. A role that a store of jobs may have. Implementations are thread-safe. Each call is one transaction.
 *
 * <p><b>Only a job that is {@code processing} holds a permit</b>, and permits are counted, not kept: whatever ends or returns a job gives its permit back. A
 * claim gives out a job only if each of its limits is declared, not paused and not resting, has a permit free and lets a job start now by its rate; otherwise
 * none of them is used. Of several claims at the same moment, in any process, no two count on the same permit. A job that a limit holds up holds up no other job of its
 * queue, except those under the same key that come after it in the order of claims.
 *
 * <p><b>Rates.</b> In no time of the length of the period do more jobs of a key start than the rate allows, counted in costs. A job that costs more than the whole
 * rate counts as the whole rate.
 *
 * <p><b>Turns.</b> Jobs that are {@linkplain io.forthwith.NewJob#fairBy fair by} a key are under the limit {@value LimitKey#FAIR}, which needs no declaration and holds up
 * nobody unless the key is paused or rests. Claims take the due jobs of these keys in turn, of each key as many as its weight says, and those of one key in the order of
 * claims. They take other due jobs too, however many jobs such a key has.
 *
 * <p><b>A change waits for no claim.</b> {@link #override}, {@link #pause}, {@link #rest} and {@link #resume} are stored at once, although a claim that has gone silent may keep the
 * key locked. Then they wait for at most half a second for the claims that had begun, and {@linkplain LimitChangeResult#hasOpenClaim say} whether one was still open. If another
 * call has changed the same key and does not commit, they throw a transient {@link io.forthwith.JobStoreException} after half a second, and nothing is changed.
 *
 * <p>Jobs that undo steps are under no limit. A limit on a type counts the jobs that start after it was declared.
 */
public interface LimitStore {
    /**
     * Declares a limit, or replaces the one of its name. It holds from the next claim on; running jobs go on. If another call changes it and does not commit, it throws a transient {@link
     * io.forthwith.JobStoreException} after half a second, and nothing is changed; a store may wait longer for a call that adds it.
     */
    void put(Limit limit);

    /** The declared limits, by name. */
    List<Limit> list();

    /**
     * Sets what holds for one key only, as long as a limit of its name is declared.
     *
     * @param limit with the {@linkplain LimitKey#limitName name} of the key's limit; null to go back to what is declared
     * @return how the key stands
     * @throws IllegalArgumentException if it has another name
     */
    LimitChangeResult override(LimitKey key, @Nullable Limit limit);

    /**
     * Lets no job of a key start until {@link #resume}. Running jobs go on. A key that is paused already stays as it is.
     *
     * @return the pause that is in force, and whether an earlier claim may still start jobs
     */
    LimitChangeResult pause(LimitKey key, Pause pause);

    /**
     * Lets no job of a key start for so long, by the clock of the store: what the key stands for has asked to wait. Running jobs go on. It never shortens a rest.
     *
     * @return how the key stands
     * @throws IllegalArgumentException if it is negative or longer than 100 years
     */
    LimitChangeResult rest(LimitKey key, Duration duration);

    /**
     * Ends the pause of a key, and its rest.
     *
     * @return how the key stands, and {@linkplain LimitChangeResult#wasPaused whether it was paused}
     */
    LimitChangeResult resume(LimitKey key);

    /** How a key stands, also one that no job has used. It need not be one consistent read. */
    LimitState state(LimitKey key);

    /**
     * How the keys of a limit stand, in the order of their keys, without keys that no claim has met and nobody has changed, and perhaps without those that nothing uses now; of {@value LimitKey#FAIR} those that have
     * waiting jobs, or that somebody has changed. It need not be one consistent read.
     *
     * @param name the name of the limit; of one on a type {@value LimitKey#TYPE}
     * @param after only keys that come later; null for the first page
     * @param atMost the most to return, 1 to 1,000
     */
    List<LimitState> states(String name, @Nullable String after, int atMost);

    /**
     * How the keys stand that are {@linkplain #pause paused}, in their order, also those of limits that are not declared. It need not be one consistent read.
     *
     * @param atMost the most to return, 1 to 1,000
     */
    List<LimitState> paused(int atMost);

    /**
     * Which jobs wait for a key: those that {@link LimitState#waiting} counts. It looks at {@link WaitingJobs#MOST} of them. It need not be one consistent read.
     *
     * @param atMost how many of the first ones to name, 1 to 1,000
     */
    WaitingJobs waitingJobs(LimitKey key, int atMost);

    /**
     * The sequences whose jobs wait behind one that has failed and {@linkplain SequenceFailurePolicy#BLOCK blocks} them, also if none waits now, in the order of
     * their keys.
     *
     * @param after only keys that come later; null for the first page
     * @param atMost the most to return, 1 to 1,000
     */
    List<BlockedSequence> blocked(@Nullable String after, int atMost);

    /**
     * Lets the jobs of a sequence pass one that has failed and blocks them. It stays failed. If it is retried, it is first again while it is open; if it fails once more,
     * the others pass it.
     *
     * @return whether it blocked them
     */
    boolean skip(UUID jobId);

    /**
     * How many due jobs wait for keys of a limit, up to {@link LimitState#MOST}; of those that the next claims look at a few may be counted or missing. One bounded
     * read, however many keys there are.
     *
     * @param limitName the name that is declared; of a limit on a type with the type, {@code type:render}; {@code sequence} for all sequences
     */
    int waiting(String limitName);

    /**
     * Has the next claims look again at keys with waiting jobs. Workers call it about once a minute: for jobs that workers of an older version have ended, or hands in
     * SQL. A store that looks at all jobs in each claim does nothing, as by default. Here a store may also forget keys that nothing uses any more. It keeps those that
     * somebody has changed.
     */
    default void lookAgain() {
        // Nothing to do.
    }

    /**
     * How long until a claim may find jobs that a rate holds up now, or that the last one has left though they may start, as far as the claims of this process have seen; null if
     * they have seen none. Zero from when that time has come until the next claim begins, also if it came while the claim that has seen it was still under way.
     * Asked after each claim that found too few, so it does not ask the database.
     */
    @Nullable
    Duration untilNextStart();
}
