package io.forthwith.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A cron text")
class CronExpressionTest {
    private static List<String> next(String text, String from, int count) {
        CronExpression cron = CronExpression.parse(text);
        List<String> times = new ArrayList<>();
        LocalDateTime at = LocalDateTime.parse(from);
        for (int i = 0; i < count; i++) {
            LocalDateTime time = cron.next(at);
            assertThat(time).isNotNull();
            times.add(time.toString());
            at = time.plusSeconds(1);
        }
        return times;
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("names these times next:")
    @CsvSource(delimiter = '|', textBlock = """
            0 3 * * *           | 2026-11-27T03:00:01 | 2026-11-28T03:00
            */15 * * * *        | 2026-11-27T03:59    | 2026-11-27T04:00
            10 * * * * *        | 2026-11-27T03:59:11 | 2026-11-27T04:00:10
            5,10-12 * * * *     | 2026-11-27T03:06    | 2026-11-27T03:10
            0 0/6 * * *         | 2026-11-27T06:01    | 2026-11-27T12:00
            20/20 * * * *       | 2026-11-27T06:41    | 2026-11-27T07:20
            0 0 29 2 *          | 2097-01-01T00:00    | 2104-02-29T00:00
            0 0 * * 7           | 2026-11-27T00:00    | 2026-11-29T00:00
            0 0 * * 0           | 2026-11-27T00:00    | 2026-11-29T00:00
            0 0 * * sat-sun     | 2026-11-28T00:01    | 2026-11-29T00:00
            0 0 ? jan-mar/2 mon | 2026-02-01T00:00    | 2026-03-02T00:00
            0 0 13 * fri        | 2026-11-28T00:00    | 2026-12-04T00:00
            0 0 13 * fri        | 2026-12-12T00:00    | 2026-12-13T00:00
            0 0 L * *           | 2028-02-01T00:00    | 2028-02-29T00:00
            0 0 L-30 * *        | 2026-02-01T00:00    | 2026-03-01T00:00
            0 0 LW * *          | 2026-05-01T00:00    | 2026-05-29T00:00
            0 0 1W * *          | 2026-08-01T00:00    | 2026-08-03T00:00
            0 0 31W * *         | 2026-05-01T00:00    | 2026-05-29T00:00
            0 0 31W * *         | 2026-06-01T00:00    | 2026-07-31T00:00
            0 0 * * fri#5       | 2026-11-01T00:00    | 2027-01-29T00:00
            0 0 * * friL        | 2026-11-01T00:00    | 2026-11-27T00:00
            0 0 * 2 fri#5       | 2064-03-01T00:00    | 2092-02-29T00:00
            0 0 1,L * 3#2       | 2026-11-02T00:00    | 2026-11-11T00:00
            0 0 1-31/2 * mon    | 2026-11-29T00:01    | 2026-11-30T00:00
            0 0 * * */1         | 2026-11-29T00:01    | 2026-11-30T00:00
            0 0 12 ? * fri#3    | 2026-11-01T00:00    | 2026-11-20T12:00
            @daily              | 2026-11-27T00:00:01 | 2026-11-28T00:00
            @weekly             | 2026-11-27T00:00    | 2026-11-29T00:00
            @hourly             | 2026-11-27T00:00:01 | 2026-11-27T01:00""")
    void names(String text, String from, String expected) {
        assertThat(next(text, from, 1)).containsExactly(expected);
    }

    @Test
    @DisplayName("with a fraction of a second in the question names the next whole second")
    void fraction() {
        assertThat(next("* * * * * *", "2026-11-27T23:59:59.000000001", 1)).containsExactly("2026-11-28T00:00");
    }

    @ParameterizedTest(name = "\"{0}\"")
    @DisplayName("is refused with the rule and the way out:")
    @CsvSource(delimiter = '|', textBlock = """
            ''             | needs five fields: minute, hour
            0 3 * *        | needs five fields
            0 0 3 * * * *  | A year cannot be given
            60 * * * *     | cannot be read: the minute "60" should be 0 to 59
            0 24 * * *     | should be 0 to 23
            0 0 0 * *      | should be 1 to 31
            0 0 * 13 *     | should be 1 to 12, or JAN to DEC
            0 0 * * 8      | should be 0 to 7, or SUN to SAT
            0 0 * * MONDAY | should be 0 to 7, or SUN to SAT
            0 0 * * FRI-MON | runs backwards; write two ranges
            20-10 * * * *  | runs backwards
            */90 * * * *   | leads past its end
            */60 * * * *   | leads past its end
            30/59 * * * *  | leads past its end
            10-12/5 * * * * | leads past its end
            */0 * * * *    | has "0", which should be 1 or more
            1,* * * * *    | leave the others out
            0 0 * * */2    | write the days
            0 0 * * MON/2  | write the days
            0 0 * * L      | write SAT, or FRIL
            0 0 * * FRI#6  | should be 1 to 5
            0 0 L-31 * *   | should be 0 to 30; see L, L-3
            0 0 L-3W * *   | should be 1 to 31; see L, L-3
            0 0 32W * *    | should be 1 to 31
            0 0 */2 * MON  | write the steps as a range, such as 1-31/2
            0 0 1/2 * MON  | write the steps as a range, such as 1-31/2
            0 0 5,1/2 * MON | write the steps as a range, such as 1-31/2
            0 0 *x * MON   | the day of month "*X" should be 1 to 31
            0 0 12 ? * 2-6 | write names, SUN to SAT
            0 0 12 ? * 6#3 | write names, SUN to SAT
            0 0 ?,1 * *    | should be 1 to 31
            0 0 30 2 *     | names a day that never comes
            0 0 31 4,6 *   | names a day that never comes
            @reboot        | is no nickname; there are @yearly
            ,1 * * * *     | should be 0 to 59
            1- * * * *     | should be 0 to 59
            -1 * * * *     | should be 0 to 59
            1//2 * * * *   | has "/2", which should be 1 or more
            0 0 * * frı | not ASCII
            99999999999 * * * * | should be 0 to 59""")
    void refused(String text, String rule) {
        assertThatThrownBy(() -> CronExpression.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Cron text \"" + text + "\"")
                .hasMessageContaining(rule);
    }

    @Test
    @DisplayName("is shown in a message without characters that would spoil a log")
    void safe() {
        assertThatThrownBy(() -> CronExpression.parse("0 0 *\n2026 * MON"))
                .hasMessageContaining("*")
                .message()
                .doesNotContain("\n");
    }

    @ParameterizedTest(name = "{0}: {1}")
    @DisplayName("names some hours of the day, or all:")
    @CsvSource({
        "0 3 * * *, true",
        "*/5 2 * * *, true",
        "0 8-18 * * *, true",
        "0 */2 * * *, true",
        "'0 2,8/4 * * *', true",
        "@daily, true",
        "0 * * * *, false",
        "0 0-23 * * *, false",
        "'0 0-11,12-23 * * *', false",
        "@hourly, false"
    })
    void hours(String text, boolean areFixed) {
        assertThat(CronExpression.parse(text).hasFixedHours()).isEqualTo(areFixed);
        assertThat(CronExpression.parse(text)).hasToString(text);
    }
}
