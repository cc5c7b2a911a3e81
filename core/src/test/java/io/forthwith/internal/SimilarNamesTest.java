package io.forthwith.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which name somebody most likely meant who has written another one. */
class SimilarNamesTest {
    private static final List<String> NAMES = List.of("shot_video_generation", "send-mail", "resize", "tag", "other");

    @ParameterizedTest
    @CsvSource({
        "shot_video_genration, shot_video_generation",
        "shot_vdieo_generation, shot_video_generation",
        "short_video_generations, shot_video_generation",
        "shot-video-generation, shot_video_generation",
        "SHOT_VIDEO_GENERATION, shot_video_generation",
        "sendMail, send-mail",
        "send_mails, send-mail",
        "resise, resize",
        "esize, resize",
        "Tag, tag",
    })
    void case_marks_and_a_few_letters_make_no_difference(String written, String meant) {
        assertThat(SimilarNames.nearest(written, NAMES)).isEqualTo(meant);
    }

    @ParameterizedTest
    @CsvSource({"unknown_task_type", "tab", "rewire", "image_generation", "-", "''", "send"})
    void other_names_are_not_near(String written) {
        assertThat(SimilarNames.nearest(written, NAMES)).isNull();
    }

    @Test
    void of_several_the_nearest_one_is_meant() {
        assertThat(SimilarNames.nearest(
                        "import-order-3", List.of("import-orders", "import-order-30", "import-order_3")))
                .isEqualTo("import-order_3");
    }

    @Test
    void an_endless_name_is_not_compared() {
        String endless = "x".repeat(100_000);

        assertThat(SimilarNames.nearest(endless + "y", List.of(endless))).isNull();
    }
}
