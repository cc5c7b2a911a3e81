package io.forthwith.studio.images;

import io.forthwith.JobException;
import io.forthwith.studio.Texts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls the image service and translates its refusals into exceptions that say whether to retry. Time-outs and failed
 * connections need no translation, because the library retries them anyway. Thread-safe.
 */
public final class ImageClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient http;
    private final URI service;
    private final String key;
    private final Texts texts;

    /** A client of the service at this address, with this API key. */
    public ImageClient(URI service, String key, Texts texts) {
        this(HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build(), service, key, texts);
    }

    private ImageClient(HttpClient http, URI service, String key, Texts texts) {
        this.http = http;
        this.service = service;
        this.key = key;
        this.texts = texts;
    }

    /** The same, with another API key. */
    public ImageClient withKey(String another) {
        return new ImageClient(http, service, another, texts);
    }

    /**
     * Requests an image.
     *
     * @return a PNG
     * @throws JobException permanent if the service refuses the key or the prompt; retryable if it is overloaded, with
     *     its Retry-After if it sends one
     */
    public byte[] paint(ImageRequest image) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(service)
                .timeout(REQUEST_TIMEOUT)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JsonMapper.shared().writeValueAsBytes(image)))
                .build();
        HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        return switch (answer.statusCode()) {
            case 200 -> answer.body();
            case 401, 403 -> throw JobException.permanent("image_key_refused", texts.say("image_key_refused"));
            case 422 -> throw JobException.permanent("image_refused", texts.say("image_refused"));
            default -> throw unavailable(answer);
        };
    }

    private JobException unavailable(HttpResponse<?> answer) {
        JobException failure = JobException.http(answer.statusCode(), texts.say("image_unavailable"));
        return answer.headers()
                .firstValue("Retry-After")
                .filter(seconds -> seconds.matches("\\d{1,6}"))
                .map(seconds -> failure.after(Duration.ofSeconds(Integer.parseInt(seconds))))
                .orElse(failure);
    }
}
