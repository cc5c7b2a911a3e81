package io.forthwith.limit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A limit that a job is under. Immutable.
 *
 * @param key whose limit
 * @param cost how many starts of the rate its start counts as, 1 to 1,000,000; as a running job it counts once
 */
public record JobLimit(LimitKey key, int cost) {
    /** The highest cost. */
    public static final int MAX_COST = 1_000_000;

    /** The most limits of a job, that of its type not counted. */
    public static final int MOST = 4;

    /**
     * Stands, by itself, for the limits of a job whose row has some that cannot be read. A claim gives such a job out at once, under no limit, and the
     * worker fails it with the code {@code unreadable_limits}.
     */
    public static final JobLimit UNREADABLE = new JobLimit(new LimitKey("unreadable", "limits"), 1);

    private static final String SEVERAL = "+";

    /** Checks the cost. */
    public JobLimit {
        if (cost < 1 || cost > MAX_COST) {
            throw new IllegalArgumentException(
                    "Cost " + cost + " under the limit " + key + " is out of range: 1 to " + MAX_COST);
        }
    }

    /**
     * The stored form: null for none, the text of the key for one of cost 1, and otherwise {@code +} and all of them with their costs, as in {@code
     * +tenant:acme=1 video-api:key-1=300}.
     */
    public static @Nullable String text(List<JobLimit> limits) {
        if (limits.isEmpty()) {
            return null;
        }
        JobLimit first = limits.get(0);
        return limits.size() == 1 && first.cost == 1
                ? first.key.text()
                : limits.stream()
                        .map(limit -> limit.key.text() + "=" + limit.cost)
                        .collect(Collectors.joining(" ", SEVERAL, ""));
    }

    /** Whether these stand for limits that {@linkplain #UNREADABLE cannot be read}. */
    public static boolean areUnreadable(List<JobLimit> limits) {
        return limits.size() == 1 && limits.get(0).equals(UNREADABLE);
    }

    /** Returns those of them whose keys a job holds while it runs: none if they {@linkplain #UNREADABLE cannot be read}, otherwise all. */
    public static List<JobLimit> held(List<JobLimit> limits) {
        return areUnreadable(limits) ? List.of() : limits;
    }

    /**
     * Reads the stored form.
     *
     * @throws IllegalArgumentException if it is none, or has a key twice, or is that of {@link #UNREADABLE}
     */
    public static List<JobLimit> parse(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return List.of();
        }
        List<JobLimit> limits =
                text.startsWith(SEVERAL) ? several(text) : List.of(new JobLimit(LimitKey.parse(text), 1));
        if (areUnreadable(limits) || (limits.size() > 1 && hasKeyTwice(limits))) {
            throw none(text);
        }
        return limits;
    }

    private static boolean hasKeyTwice(List<JobLimit> limits) {
        return limits.stream().map(JobLimit::key).distinct().count() < limits.size();
    }

    private static List<JobLimit> several(String text) {
        List<JobLimit> limits = new ArrayList<>();
        for (String each : text.substring(1).split(" ", -1)) {
            int equals = each.indexOf('=');
            if (equals < 0) {
                throw none(text);
            }
            limits.add(new JobLimit(
                    LimitKey.parse(each.substring(0, equals)), Integer.parseInt(each.substring(equals + 1))));
        }
        return List.copyOf(limits);
    }

    private static IllegalArgumentException none(String text) {
        return new IllegalArgumentException("\"" + text + "\" are no limits of a job");
    }

    /** The limits in the order of their keys. */
    public static List<JobLimit> sorted(List<JobLimit> limits) {
        return limits.size() < 2
                ? List.copyOf(limits)
                : limits.stream().sorted(Comparator.comparing(JobLimit::key)).toList();
    }
}
