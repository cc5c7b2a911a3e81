package io.forthwith.insight;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why a job does not run, or that it does. It was true when it was asked; the next moment may change it. Immutable.
 *
 * @param job the id that was asked for
 * @param at when, by the clock of the store; null if there is no such job
 * @param reasons what keeps the job from running, the first one first: it has to go before the next one matters. Never empty
 * @param checked what was looked at, in order, one name of a {@link Reason} each
 */
public record Diagnosis(UUID job, @Nullable Instant at, List<Reason> reasons, List<String> checked) {
    /** Copies. */
    public Diagnosis {
        Objects.requireNonNull(job, "job");
        reasons = List.copyOf(reasons);
        checked = List.copyOf(checked);
        if (reasons.isEmpty()) {
            throw new IllegalArgumentException("A diagnosis has a reason; give NothingFound if there is no other");
        }
    }

    /** The first reason. */
    public Reason first() {
        return reasons.get(0);
    }

    /** The reason of this kind, if it is among them. */
    public <R extends Reason> @Nullable R find(Class<R> kind) {
        return reasons.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst()
                .orElse(null);
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
}
