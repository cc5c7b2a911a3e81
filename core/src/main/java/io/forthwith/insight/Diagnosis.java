package io.forthwith.insight;

import io.forthwith.internal.LibraryOnly;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Why a job does not run, or that it does. It was true when it was asked; the next moment may change it. Immutable. */
public final class Diagnosis {
    private final UUID job;
    private final @Nullable Instant at;
    private final List<Reason> reasons;
    private final List<String> checked;

    /** The library makes it. */
    @SuppressWarnings("exports") // so that only the library can call it
    public Diagnosis(LibraryOnly by, UUID job, @Nullable Instant at, List<Reason> reasons, List<String> checked) {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(job, "job");
        if (reasons.isEmpty()) {
            throw new IllegalArgumentException("A diagnosis has a reason; give NothingFound if there is no other");
        }
        this.job = job;
        this.at = at;
        this.reasons = List.copyOf(reasons);
        this.checked = List.copyOf(checked);
    }

    /** The id that was asked for. */
    public UUID job() {
        return job;
    }

    /** When, by the clock of the store; null if there is no such job. */
    public @Nullable Instant at() {
        return at;
    }

    /** What keeps the job from running, the first one first: it has to go before the next one matters. Never empty. */
    public List<Reason> reasons() {
        return reasons;
    }

    /** What was looked at, in order, one name of a {@link Reason} each. */
    public List<String> checked() {
        return checked;
    }

    /** The first reason. */
    public Reason first() {
        return reasons.get(0);
    }

    /** The reason of this kind, if it is among them. */
    public <R extends Reason> Optional<R> find(Class<R> kind) {
        return reasons.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    /** All reasons for a person, one line each with what to do about it; in Chinese if the language is {@code zh}, otherwise in English. */
    public String text(Locale locale) {
        return reasons.stream()
                .map(reason -> reason.remedy(locale).isEmpty()
                        ? reason.text(locale)
                        : reason.text(locale) + " → " + reason.remedy(locale))
                .collect(Collectors.joining("\n"));
    }

    /** In English. */
    @Override
    public String toString() {
        return text(Locale.ENGLISH);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Diagnosis that
                && Objects.equals(job, that.job)
                && Objects.equals(at, that.at)
                && Objects.equals(reasons, that.reasons)
                && Objects.equals(checked, that.checked);
    }

    @Override
    public int hashCode() {
        return Objects.hash(job, at, reasons, checked);
    }
}
