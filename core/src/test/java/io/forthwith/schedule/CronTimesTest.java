package io.forthwith.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("In a time zone, a cron text fires")
class CronTimesTest {
    private static final List<String> ZONES = List.of(
            "Europe/Berlin",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Africa/Cairo",
            "Antarctica/Troll",
            "America/New_York",
            "America/Sao_Paulo",
            "Africa/Casablanca",
            "Asia/Tehran",
            "Asia/Kathmandu",
            "UTC");

    private static List<String> after(CronTimes times, Instant from, int count, ZoneId zone) {
        List<String> local = new ArrayList<>();
        Instant at = from;
        for (int i = 0; i < count; i++) {
            at = times.after(at);
            local.add(at.atZone(zone).toOffsetDateTime().toString());
        }
        return local;
    }

    @ParameterizedTest(name = "{0}, gap {1}, overlap {2}: {5}")
    @DisplayName("as its rule says when the clocks change:")
    @CsvSource(nullValues = "-", delimiter = '|', textBlock = """
            30 2 * * *   | -     | -     | Europe/Berlin       | 2026-03-28T12:00:00Z | 2026-03-29T03:00+02:00, 2026-03-30T02:30+02:00
            30 2 * * *   | SKIP  | -     | Europe/Berlin       | 2026-03-28T12:00:00Z | 2026-03-30T02:30+02:00
            */20 2 * * * | -     | -     | Europe/Berlin       | 2026-03-28T12:00:00Z | 2026-03-29T03:00+02:00, 2026-03-30T02:00+02:00
            0 2,3 * * *  | -     | -     | Europe/Berlin       | 2026-03-28T12:00:00Z | 2026-03-29T03:00+02:00, 2026-03-30T02:00+02:00
            30 2 * * *   | -     | -     | Europe/Berlin       | 2026-10-24T12:00:00Z | 2026-10-25T02:30+02:00, 2026-10-26T02:30+01:00
            30 2 * * *   | -     | LAST  | Europe/Berlin       | 2026-10-24T12:00:00Z | 2026-10-25T02:30+01:00, 2026-10-26T02:30+01:00
            30 2 * * *   | -     | BOTH  | Europe/Berlin       | 2026-10-24T12:00:00Z | 2026-10-25T02:30+02:00, 2026-10-25T02:30+01:00
            30 * * * *   | -     | -     | Europe/Berlin       | 2026-10-25T00:00:00Z | 2026-10-25T02:30+02:00, 2026-10-25T02:30+01:00, 2026-10-25T03:30+01:00
            30 * * * *   | -     | -     | Europe/Berlin       | 2026-03-29T00:00:00Z | 2026-03-29T01:30+01:00, 2026-03-29T03:30+02:00
            0 */2 * * *  | -     | -     | Europe/Berlin       | 2026-03-29T00:00:00Z | 2026-03-29T03:00+02:00, 2026-03-29T04:00+02:00
            0 */12 * * * | -     | -     | Africa/Cairo        | 2026-04-23T12:00:00Z | 2026-04-24T01:00+03:00, 2026-04-24T12:00+03:00
            15 2 * * *   | -     | -     | Australia/Lord_Howe | 2026-10-03T00:00:00Z | 2026-10-04T02:30+11:00, 2026-10-05T02:15+11:00
            0 12 30 12 * | -     | -     | Pacific/Apia        | 2011-12-01T00:00:00Z | 2011-12-31T00:00+14:00, 2012-12-30T12:00+14:00
            0 12 30 12 * | SKIP  | -     | Pacific/Apia        | 2011-12-01T00:00:00Z | 2012-12-30T12:00+14:00
            0 0 * * *    | -     | -     | Africa/Cairo        | 2026-04-23T12:00:00Z | 2026-04-24T01:00+03:00, 2026-04-25T00:00+03:00
            0 1 * * *    | -     | -     | Antarctica/Troll    | 2026-03-28T12:00:00Z | 2026-03-29T03:00+02:00, 2026-03-30T01:00+02:00""")
    void clock_changes(
            String text,
            @Nullable ClockGap gap,
            @Nullable ClockOverlap overlap,
            ZoneId zone,
            Instant from,
            String expected) {
        List<String> times = List.of(expected.split(", ", -1));
        CronTimes cron = new CronTimes(CronExpression.parse(text), zone, gap, overlap);

        assertThat(after(cron, from, times.size(), zone)).isEqualTo(times);
    }

    @Test
    @DisplayName("strictly after the instant in question, also a fraction of a second before")
    void strictly_after() {
        CronTimes cron = new CronTimes(CronExpression.parse("0 3 * * *"), ZoneOffset.UTC, null, null);
        Instant three = Instant.parse("2026-11-27T03:00:00Z");

        assertThat(cron.after(three)).isEqualTo(three.plus(Duration.ofDays(1)));
        assertThat(cron.after(three.minusNanos(1))).isEqualTo(three);
    }

    @ParameterizedTest
    @DisplayName("never, and says so, if all its times are in gaps that are left out:")
    @CsvSource({"30 2 * 3 SUN#2, America/New_York", "30 2 * 3 SUNL, Europe/Berlin"})
    void only_in_gaps(String text, ZoneId zone) {
        CronTimes cron = new CronTimes(CronExpression.parse(text), zone, ClockGap.SKIP, null);

        // Until 2007 New York changed its clock in April.
        assertThat(cron.after(Instant.parse("2026-01-01T00:00:00Z"))).isNull();
    }

    @Test
    @DisplayName("within the years that there are")
    void far_away() {
        CronTimes cron = new CronTimes(CronExpression.parse("0 3 * * *"), ZoneId.of("Europe/Berlin"), null, null);

        assertThat(cron.after(Instant.MAX)).isNull();
        // Local mean time was 53 minutes and 28 seconds ahead.
        assertThat(cron.after(Instant.MIN)).isEqualTo("0001-01-01T02:06:32Z");
    }

    @Test
    @DisplayName("as a walk over every minute finds, in odd zones, around changes of the clock and leap days")
    void walk() {
        Random random = CronTexts.seeded("Cron times");
        CronTexts texts = new CronTexts(random);
        CronTexts.rounds(100, 3_000).forEach(round -> {
            ZoneId zone = ZoneId.of(CronTexts.oneOf(random, ZONES));
            String dayOfMonth = random.nextInt(4) == 0
                    ? texts.special(CronField.DAY_OF_MONTH, 31)
                    : random.nextBoolean() ? "*" : texts.restricted(CronField.DAY_OF_MONTH);
            String dayOfWeek = random.nextInt(4) == 0
                    ? texts.special(CronField.DAY_OF_WEEK, 31)
                    : random.nextBoolean() ? "*" : texts.restricted(CronField.DAY_OF_WEEK);
            Walk walk = new Walk(
                    texts.field(CronField.MINUTE), texts.field(CronField.HOUR), dayOfMonth, dayOfWeek, zone, random);
            walk.assertSame();
        });
    }

    /** What a naive reading of a text finds, day by day and minute by minute. */
    private static final class Walk {
        private final String text;
        private final String dayOfMonth;
        private final String dayOfWeek;
        private final ZoneRules zone;
        private final CronExpression timesOfDay;
        private final @Nullable ClockGap gap;
        private final @Nullable ClockOverlap overlap;
        private final CronTimes cron;
        private final Instant begin;

        Walk(String minute, String hour, String dayOfMonth, String dayOfWeek, ZoneId zone, Random random) {
            this.text = minute + " " + hour + " " + dayOfMonth + " * " + dayOfWeek;
            this.dayOfMonth = dayOfMonth;
            this.dayOfWeek = dayOfWeek;
            this.zone = zone.getRules();
            // Their authority is CronAuthoritiesTest.
            this.timesOfDay = CronExpression.parse(minute + " " + hour + " * * *");
            this.gap = random.nextBoolean() ? null : CronTexts.oneOf(random, List.of(ClockGap.values()));
            this.overlap = random.nextBoolean() ? null : CronTexts.oneOf(random, List.of(ClockOverlap.values()));
            CronExpression read = CronExpression.parse(text);
            this.cron = new CronTimes(read, zone, gap, overlap);
            Instant some = Instant.parse("1985-01-01T00:00:00Z").plus(Duration.ofHours(random.nextInt(60 * 365 * 24)));
            ZoneOffsetTransition change = this.zone.nextTransition(some);
            this.begin = (change == null || random.nextInt(4) == 0 ? some : change.getInstant())
                    .minusNanos(random.nextLong(Duration.ofDays(3).toNanos()));
        }

        void assertSame() {
            Instant end = begin.plus(Duration.ofDays(8));
            List<Instant> found = new ArrayList<>();
            for (Instant at = cron.after(begin); at != null && at.isBefore(end); at = cron.after(at)) {
                found.add(at);
            }
            assertThat(found)
                    .as("\"%s\" in %s, gap %s, overlap %s, from %s", text, zone, gap, overlap, begin)
                    .isEqualTo(List.copyOf(expected(end)));
        }

        private SortedSet<Instant> expected(Instant end) {
            TreeSet<Instant> all = new TreeSet<>();
            LocalDate first = LocalDate.ofInstant(begin, ZoneOffset.UTC).minusDays(3);
            for (LocalDate date = first; date.isBefore(first.plusDays(16)); date = date.plusDays(1)) {
                if (names(date)) {
                    for (int minute = 0; minute < 24 * 60; minute++) {
                        LocalTime time = LocalTime.ofSecondOfDay(minute * 60L);
                        if (time.atDate(first).equals(timesOfDay.next(time.atDate(first)))) {
                            all.addAll(instants(date.atTime(time)));
                        }
                    }
                }
            }
            return all.subSet(begin.plusNanos(1), end);
        }

        private List<Instant> instants(LocalDateTime time) {
            boolean isFixed = IntStream.range(0, 24).anyMatch(hour -> {
                LocalDateTime begin = time.toLocalDate().atTime(hour, 0);
                return !begin.plusHours(1).isAfter(Objects.requireNonNull(timesOfDay.next(begin)));
            });
            List<ZoneOffset> offsets = zone.getValidOffsets(time);
            if (offsets.isEmpty()) {
                boolean shifts = gap == null ? isFixed : gap == ClockGap.SHIFT;
                return shifts ? List.of(zone.getTransition(time).getInstant()) : List.of();
            }
            ClockOverlap rule = overlap != null ? overlap : isFixed ? ClockOverlap.FIRST : ClockOverlap.BOTH;
            return switch (rule) {
                case FIRST -> List.of(time.toInstant(offsets.get(0)));
                case LAST -> List.of(time.toInstant(offsets.get(offsets.size() - 1)));
                case BOTH -> offsets.stream().map(time::toInstant).toList();
            };
        }

        private boolean names(LocalDate date) {
            boolean anyOfMonth = dayOfMonth.equals("*");
            boolean anyOfWeek = dayOfWeek.equals("*");
            return (anyOfMonth && anyOfWeek)
                    || (!anyOfMonth && namesDayOfMonth(date))
                    || (!anyOfWeek && namesDayOfWeek(date));
        }

        private boolean namesDayOfMonth(LocalDate date) {
            LocalDate last = date.with(TemporalAdjusters.lastDayOfMonth());
            if (dayOfMonth.equals("LW")) {
                return date.equals(nearest(last));
            } else if (dayOfMonth.startsWith("L")) {
                int before = dayOfMonth.equals("L") ? 0 : Integer.parseInt(dayOfMonth.substring(2));
                return date.equals(last.minusDays(before));
            } else if (dayOfMonth.endsWith("W")) {
                int day = Integer.parseInt(dayOfMonth.substring(0, dayOfMonth.length() - 1));
                return day <= date.lengthOfMonth() && date.equals(nearest(date.withDayOfMonth(day)));
            }
            return namesPlain("* * " + dayOfMonth + " * *", date);
        }

        /** The nearest day from Monday to Friday in the same month. */
        private static LocalDate nearest(LocalDate date) {
            return List.of(0, -1, 1, -2, 2).stream()
                    .map(date::plusDays)
                    .filter(day -> day.getMonth() == date.getMonth()
                            && day.getDayOfWeek() != DayOfWeek.SATURDAY
                            && day.getDayOfWeek() != DayOfWeek.SUNDAY)
                    .findFirst()
                    .orElseThrow();
        }

        private boolean namesDayOfWeek(LocalDate date) {
            if (dayOfWeek.endsWith("L") || dayOfWeek.contains("#")) {
                DayOfWeek day =
                        DayOfWeek.of((CronField.DAY_OF_WEEK.names().indexOf(dayOfWeek.substring(0, 3)) + 6) % 7 + 1);
                return date.equals(
                        dayOfWeek.endsWith("L")
                                ? date.with(TemporalAdjusters.lastInMonth(day))
                                : date.withDayOfMonth(1)
                                        .with(TemporalAdjusters.dayOfWeekInMonth(
                                                Integer.parseInt(dayOfWeek.substring(4)), day)));
            }
            return namesPlain("* * * * " + dayOfWeek, date);
        }

        /** Their authority is {@link CronAuthoritiesTest}. */
        private static boolean namesPlain(String text, LocalDate date) {
            return date.equals(CronExpression.parse(text).nextDate(date));
        }
    }
}
