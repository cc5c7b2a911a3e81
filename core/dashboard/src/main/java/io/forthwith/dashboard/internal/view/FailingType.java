package io.forthwith.dashboard.internal.view;

import io.forthwith.dashboard.internal.data.FailureCauseCounts;
import io.forthwith.dashboard.internal.data.LastHourOutcomes;
import io.forthwith.dashboard.internal.data.OutcomesByMinute;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A type of which most attempts fail.
 *
 * @param time how far back they are counted
 * @param idle how long ago the last attempt ended
 */
record FailingType(String type, long failed, long attempts, Duration time, Duration idle) {
    private static final double MOST_FAIL = 0.5;

    /** Finds the types of which most attempts fail, those with most failures first. Where few attempts ended lately, those of the hour say it. */
    static List<FailingType> all(LastHourOutcomes hour, Instant now) {
        return hour.byType(now).entrySet().stream()
                .map(entry -> of(entry.getKey(), entry.getValue()))
                .filter(each -> each.failed >= Concerns.FEW_FAILURES && each.failed > MOST_FAIL * each.attempts)
                .sorted(Comparator.comparingLong(FailingType::failed).reversed().thenComparing(FailingType::type))
                .toList();
    }

    private static FailingType of(String type, OutcomesByMinute hour) {
        return hour.lately() >= Concerns.FEW_FAILURES
                ? new FailingType(type, hour.failedLately(), hour.lately(), Concerns.LATELY, hour.idle())
                : new FailingType(type, hour.failedAttempts(), hour.attempts(), Concerns.HOUR, hour.idle());
    }

    /**
     * Says it, with the way to the cause.
     *
     * @param reasons of the same time; null if they are not known
     */
    Concerns.Concern concern(View view, @Nullable FailureCauseCounts reasons) {
        String code = reasons == null ? null : reasons.codeOf(type, failed);
        String cause = reasons == null ? null : reasons.causeOf(type, code);
        List<Object> values =
                new ArrayList<>(List.of(percent(), type, view.words().duration(time)));
        String key = "concern.attempts";
        if (code != null) {
            key += ".code";
            values.add(view.redacted(code));
        }
        if (idle.compareTo(Concerns.LATELY) >= 0) {
            key += ".over";
            values.add(view.words().duration(idle));
        }
        String link = view.link("failures", "span", "1h", "cause", cause);
        return Concerns.Concern.of(key, link + (cause == null ? "#attempts" : "#cause"), values.toArray());
    }

    /** Not 100 unless all have failed. */
    private int percent() {
        return failed == attempts ? 100 : (int) Math.min(99, Math.round(100.0 * failed / attempts));
    }
}
