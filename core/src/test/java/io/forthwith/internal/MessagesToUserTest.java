package io.forthwith.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesToUserTest {
    private final Locale before = Locale.getDefault();

    @AfterEach
    void restore() {
        Locale.setDefault(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"zh", "zh-CN", "zh-TW", "zh-Hans", "zh-Hant-HK", "zh-SG"})
    void speaks_chinese_whatever_the_country_or_script(String tag) {
        assertThat(text(tag).unknownType("unknown_task_type")).isEqualTo("未知的任务类型: unknown_task_type");
    }

    @ParameterizedTest
    @ValueSource(strings = {"en", "en-GB", "de", "ja", "zu", "und", ""})
    void speaks_english_for_every_other_language(String tag) {
        for (Locale ofTheJvm : new Locale[] {Locale.CHINA, Locale.GERMANY, Locale.US}) {
            Locale.setDefault(ofTheJvm);
            assertThat(text(tag).unknownType("x")).isEqualTo("Unknown job type: x");
            assertThat(text(tag).childrenCancelled(1, 1_500)).isEqualTo("1 of 1,500 child jobs was cancelled");
        }
    }

    @Test
    void messages_without_translation_are_english() {
        Locale.setDefault(Locale.CHINA);
        MessagesToUser partial = MessagesToUser.in(Locale.CHINESE, "io.forthwith.text.partial");

        assertThat(partial.unknownType("x")).isEqualTo("未知的任务类型: x");
        assertThat(partial.notReady("shots missing")).isEqualTo("The job was not ready in time: shots missing");
    }

    @Test
    void has_every_message_in_both_languages() throws IOException {
        assertThat(sentences("messages_zh.properties").stringPropertyNames())
                .isEqualTo(sentences("messages.properties").stringPropertyNames());
    }

    @Test
    void does_not_format_numbers_and_braces_in_arguments() {
        assertThat(text("en").notReady("{0} it's 1,5")).isEqualTo("The job was not ready in time: {0} it's 1,5");
        assertThat(text("zh").timeLimit(Duration.ofMillis(1_500))).isEqualTo("任务运行超过了 1.500 秒的时间限制");
        assertThat(text("en").workerLost(1)).isEqualTo("The job was given up: the worker running it was lost");
        assertThat(text("zh").workerLost(3)).isEqualTo("任务已放弃：运行它的工作进程丢失了 3 次");
    }

    private static MessagesToUser text(String tag) {
        return MessagesToUser.in(Locale.forLanguageTag(tag));
    }

    private static Properties sentences(String file) throws IOException {
        Properties sentences = new Properties();
        try (InputStreamReader in = new InputStreamReader(
                MessagesToUser.class.getResourceAsStream("/io/forthwith/text/" + file), StandardCharsets.UTF_8)) {
            sentences.load(in);
        }
        return sentences;
    }
}
