package io.forthwith.studio.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.forthwith.ErrorClassifier;
import io.forthwith.JobError;
import io.forthwith.JobException;
import io.forthwith.studio.Texts;
import io.forthwith.studio.film.Shot;
import io.forthwith.studio.film.Storyboard;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The image service")
class ImageApiTest {
    private ImageApi api;
    private ImageClient client;
    private Storyboard storyboard;

    @BeforeEach
    void start() throws Exception {
        api = ImageApi.start("secret", Duration.ofMillis(1));
        client = new ImageClient(api.uri(), "secret", Texts.in("en"));
        storyboard = Storyboard.shipped();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    @DisplayName("listens only on the loopback interface")
    void loopback() {
        assertThat(api.uri().getHost()).isIn("127.0.0.1", "0:0:0:0:0:0:0:1");
    }

    @Test
    @DisplayName("paints every shot of the storyboard, the same image for the same prompt")
    void paints(@TempDir Path folder) throws Exception {
        for (Shot shot : storyboard.shots()) {
            ImageRequest request = new ImageRequest(shot.prompt(), shot.palette());
            byte[] png = client.paint(request);
            Files.write(folder.resolve(shot.id() + ".png"), png);

            BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
            assertThat(image.getWidth()).isEqualTo(Painter.WIDTH);
            assertThat(image.getHeight()).isEqualTo(Painter.HEIGHT);
            assertThat(client.paint(request)).isEqualTo(png);
        }
    }

    @Test
    @DisplayName("refuses an invalid API key with a permanent error")
    void invalid_key() {
        api.changeKey("another");

        JobError error = errorOf(dawn());

        assertThat(error.message()).isEqualTo("The image service refused the API key");
        assertThat(error.code()).isEqualTo("image_key_refused");
        assertThat(error.kind()).isEqualTo(JobError.Kind.SYSTEM);
        assertThat(error.retryable()).isFalse();
    }

    @Test
    @DisplayName("is busy as often as configured, with a retryable error")
    void busy() throws Exception {
        api.beBusy(dawn().prompt(), 2);

        for (int i = 0; i < 2; i++) {
            JobError error = errorOf(dawn());
            assertThat(error.code()).isEqualTo("http_503");
            assertThat(error.retryable()).isTrue();
        }
        assertThat(client.paint(dawn())).isNotEmpty();
    }

    @Test
    @DisplayName("limits the rate when configured so, and says when to retry")
    void limits_the_rate() throws Exception {
        api.limitRate(dawn().prompt(), Duration.ofSeconds(2));

        JobError error = errorOf(dawn());

        assertThat(error.code()).isEqualTo("http_429");
        assertThat(error.retryable()).isTrue();
        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(2));
        assertThat(client.paint(dawn())).isNotEmpty();
        assertThat(api.asked(dawn().prompt())).isEqualTo(2);
    }

    @Test
    @DisplayName("answers 429 to a call that is one too many for its key, and counts it; other keys go on")
    void allows_each_key() throws Exception {
        api.addKey("another");
        api.allowEachKey(new Allowance(3, 2, Duration.ofHours(1)));
        for (int i = 0; i < 2; i++) {
            assertThat(client.paint(dawn())).isNotEmpty();
        }

        JobError error = errorOf(dawn());

        assertThat(error.code()).isEqualTo("http_429");
        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(client.withKey("another").paint(dawn())).isNotEmpty();
        assertThat(api.usage("secret")).isEqualTo(new Usage(3, 1, 3, 1));
        assertThat(api.usage("another")).isEqualTo(new Usage(1, 1, 1, 0));
    }

    @Test
    @DisplayName("refuses an image when configured so, with a permanent error")
    void refuses() {
        api.refuse(dawn().prompt());

        for (int i = 0; i < 2; i++) {
            JobError error = errorOf(dawn());
            assertThat(error.code()).isEqualTo("image_refused");
            assertThat(error.retryable()).isFalse();
            assertThat(error.retryAfter()).isNull();
        }
    }

    @Test
    @DisplayName("is slow once when configured so, and says when the request has arrived")
    void slow() throws Exception {
        Duration longer = Duration.ofMillis(200);
        Future<?> came = api.beSlow(dawn().prompt(), longer);
        assertThat(came).isNotDone();

        long start = System.nanoTime();
        assertThat(client.paint(dawn())).isNotEmpty();

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(longer.toNanos());
        assertThat(came).isDone();
    }

    @Test
    @DisplayName("holds an answer back until the test releases it")
    void holds() throws Exception {
        ImageApi.Held hold = api.hold(dawn().prompt());
        CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return client.paint(dawn());
            } catch (Exception failed) {
                throw new CompletionException(failed);
            }
        });
        await().atMost(Duration.ofMinutes(1)).until(hold.came()::isDone);
        assertThat(answer).isNotDone();

        hold.release();

        assertThat(answer).succeedsWithin(Duration.ofMinutes(1)).isEqualTo(client.paint(dawn()));
    }

    @Test
    @DisplayName("cannot be reached after it was stopped, which is a retryable error")
    void unreachable() {
        api.close();

        assertThatThrownBy(() -> client.paint(dawn()))
                .satisfies(thrown -> assertThat(ErrorClassifier.standard().classify(thrown))
                        .matches(JobError::retryable)
                        .matches(error -> error.code().equals("connection")));
    }

    private ImageRequest dawn() {
        Shot shot = storyboard.shots().get(0);
        return new ImageRequest(shot.prompt(), shot.palette());
    }

    private JobError errorOf(ImageRequest request) {
        try {
            client.paint(request);
        } catch (Exception refused) {
            assertThat(refused).isInstanceOf(JobException.class);
            return ErrorClassifier.standard().classify(refused);
        }
        throw new AssertionError("The image was painted");
    }
}
