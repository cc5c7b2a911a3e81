package io.forthwith.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.ParseException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.TimeZone;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * One authority for each part of a cron text. Where they differ from us, or from each other, {@code docs/schedules.md} says so: Spring wants
 * both day fields to match; a step over the days of the week begins on Monday there and on Sunday with Quartz.
 */
@DisplayName("Random cron texts name the same times as")
class CronAuthoritiesTest {
    private static final int TIMES = 4;

    private final Random random = CronTexts.seeded("Cron texts");
    private final CronTexts texts = new CronTexts(random);

    /** A second between 1990 and 2090. */
    private LocalDateTime someTime() {
        return LocalDateTime.of(1990, 1, 1, 0, 0).plusSeconds(random.nextLong(100L * 365 * 24 * 3600));
    }

    private static void assertSame(
            String text, LocalDateTime from, int times, UnaryOperator<@Nullable LocalDateTime> authority) {
        CronExpression cron = CronExpression.parse(text);
        List<@Nullable LocalDateTime> ours = new ArrayList<>();
        List<@Nullable LocalDateTime> theirs = new ArrayList<>();
        LocalDateTime at = from;
        for (int i = 0; i < times && at != null; i++) {
            LocalDateTime next = cron.next(at.plusSeconds(1));
            ours.add(next);
            theirs.add(authority.apply(at));
            at = next;
        }
        assertThat(ours).as("\"%s\" after %s", text, from).isEqualTo(theirs);
    }

    private String times() {
        return texts.field(CronField.SECOND) + " " + texts.field(CronField.MINUTE) + " " + texts.field(CronField.HOUR);
    }

    @Test
    @DisplayName("Spring's CronExpression, for numbers, names, ranges, steps and lists")
    void spring() {
        CronTexts.rounds(5_000, 100_000).forEach(round -> {
            boolean daysOfMonth = random.nextBoolean();
            String text = times() + " " + (daysOfMonth ? texts.field(CronField.DAY_OF_MONTH) : "*") + " "
                    + texts.field(CronField.MONTH) + " " + (daysOfMonth ? "*" : texts.field(CronField.DAY_OF_WEEK));
            if (isRefused(text)) {
                return;
            }
            var spring = org.springframework.scheduling.support.CronExpression.parse(text);
            assertSame(text, someTime(), TIMES, at -> at == null ? null : spring.next(at));
        });
    }

    @Test
    @DisplayName("two of Spring's, one for each day field, since either is enough")
    void either() {
        CronTexts.rounds(1_000, 20_000).forEach(round -> {
            String times = times();
            String dayOfMonth = texts.restricted(CronField.DAY_OF_MONTH);
            String dayOfWeek = texts.restricted(CronField.DAY_OF_WEEK);
            var byMonth =
                    org.springframework.scheduling.support.CronExpression.parse(times + " " + dayOfMonth + " * *");
            var byWeek = org.springframework.scheduling.support.CronExpression.parse(times + " * * " + dayOfWeek);
            assertSame(times + " " + dayOfMonth + " * " + dayOfWeek, someTime(), TIMES, at -> {
                LocalDateTime a = byMonth.next(at);
                LocalDateTime b = byWeek.next(at);
                return a.isBefore(b) ? a : b;
            });
        });
    }

    /**
     * Quartz refuses lists with L and W, and ranges of a number and a name. It has a W for a day that a short month has not. In the middle of
     * a month it misses a W that has moved to the day after, and keeps the time of day at which it began to look. So it is asked for one time,
     * from the end of a month on.
     */
    @Test
    @DisplayName("Quartz's CronExpression, for L, W and #")
    void quartz() {
        CronTexts.rounds(1_000, 20_000).forEach(round -> {
            boolean daysOfMonth = random.nextBoolean();
            String text = "0 0 0 " + (daysOfMonth ? texts.special(CronField.DAY_OF_MONTH, 28) : "?") + " "
                    + texts.withoutNames().field(CronField.MONTH) + " "
                    + (daysOfMonth ? "?" : texts.special(CronField.DAY_OF_WEEK, 28));
            if (isRefused(text)) {
                return;
            }
            org.quartz.CronExpression quartz = quartz(text);
            assertSame(
                    text,
                    someTime().withDayOfMonth(1).toLocalDate().atStartOfDay().minusSeconds(1),
                    1,
                    at -> {
                        Date next = quartz.getNextValidTimeAfter(Date.from(at.toInstant(ZoneOffset.UTC)));
                        return next == null ? null : LocalDateTime.ofInstant(next.toInstant(), ZoneOffset.UTC);
                    });
        });
    }

    private static org.quartz.CronExpression quartz(String text) {
        try {
            var quartz = new org.quartz.CronExpression(text);
            quartz.setTimeZone(TimeZone.getTimeZone(ZoneOffset.UTC));
            return quartz;
        } catch (ParseException refused) {
            throw new AssertionError(text, refused);
        }
    }

    /** A day that never comes, such as the 30th of February, is possible by chance. */
    private static boolean isRefused(String text) {
        try {
            CronExpression.parse(text);
            return false;
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageContaining("never comes");
            return true;
        }
    }
}
