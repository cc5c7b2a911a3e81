package io.forthwith.limit;

import io.forthwith.internal.CheckReturnValue;
import io.forthwith.internal.LibraryOnly;
import io.forthwith.internal.NullRules;
import io.forthwith.internal.SafeText;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pause of a queue, of a key of a limit, or of a schedule: since when, who, why. Immutable.
 *
 * <pre>{@code
 * jobs.pauseQueue("mail", Pause.by("ada").because("The mail server is down"));
 * }</pre>
 */
@CheckReturnValue
public final class Pause {
    private static final Pause NOBODYS = new Pause(null, null, null);

    private final @Nullable Instant since;
    private final @Nullable String by;
    private final @Nullable String reason;

    private Pause(@Nullable Instant since, @Nullable String by, @Nullable String reason) {
        this.since = since;
        this.by = by == null ? null : SafeText.line(by, 200);
        this.reason = reason == null ? null : SafeText.block(reason, 1_000);
    }

    /** The library makes it; {@link io.forthwith.store.ReadModelFactory} does it for stores. */
    @SuppressWarnings("exports") // so that only the library can call it
    public Pause(LibraryOnly maker, Instant since, @Nullable String by, @Nullable String reason) {
        this(Objects.requireNonNull(since, "since"), by, reason);
        Objects.requireNonNull(maker, "maker");
    }

    /** A pause to ask for, without a name and a reason. */
    public static Pause of() {
        return NOBODYS;
    }

    /**
     * A pause to ask for.
     *
     * @param who who pauses, for people: one line; what is longer than 200 characters is cut
     */
    public static Pause by(String who) {
        return new Pause(null, NullRules.require(who, "who", "give Pause.of() if nobody is to be named"), null);
    }

    /**
     * Returns the same pause with a reason.
     *
     * @param why for people; what is longer than 1,000 characters is cut
     */
    public Pause because(String why) {
        return new Pause(since, by, NullRules.require(why, "why", "leave because() out if there is no reason to give"));
    }

    /**
     * When it began, by the clock of the store.
     *
     * @throws IllegalStateException in a pause to ask for, which has not begun
     */
    public Instant since() {
        if (since == null) {
            throw new IllegalStateException("This pause has not begun: ask for it, and take the one that is answered");
        }
        return since;
    }

    /** Who has paused; null if nobody is named. */
    public @Nullable String by() {
        return by;
    }

    /** Why; null if no reason is given. */
    public @Nullable String reason() {
        return reason;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Pause that
                && Objects.equals(since, that.since)
                && Objects.equals(by, that.by)
                && Objects.equals(reason, that.reason);
    }

    @Override
    public int hashCode() {
        return Objects.hash(since, by, reason);
    }

    @Override
    public String toString() {
        return "Pause[since=" + since + ", by=" + by + ", reason=" + reason + "]";
    }
}
