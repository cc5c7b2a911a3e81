package io.forthwith.studio.images;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * An image service that paints images, in the role of one on the internet. It listens on the loopback interface only,
 * requires an API key, takes some time for each image, and can be made to fail. It can allow each key only so many calls,
 * and answers 429 to those that are too many. A call counts while the service works on it, and no longer while its answer is
 * {@linkplain #beSlow slow} or {@linkplain #hold held} on the way.
 */
public final class ImageApi implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ImageApi.class);
    private static final String PATH = "/v1/images";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private final Duration latency;
    private final Map<ImageRequest, byte[]> painted = new ConcurrentHashMap<>();
    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private final Map<String, Integer> busy = new ConcurrentHashMap<>();
    private final Map<String, Duration> limited = new ConcurrentHashMap<>();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private final Map<String, Slow> slow = new ConcurrentHashMap<>();
    private final Map<String, Held> held = new ConcurrentHashMap<>();
    private final Set<String> customers = ConcurrentHashMap.newKeySet();
    private final Map<String, KeyMeter> meters = new ConcurrentHashMap<>();
    private volatile @Nullable Allowance allowance;
    private volatile String key;

    private ImageApi(HttpServer server, String key, Duration latency) {
        this.server = server;
        this.key = key;
        this.latency = latency;
    }

    /** Starts on a free port; every image takes at least {@code latency}. */
    public static ImageApi start(String key, Duration latency) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ImageApi api = new ImageApi(server, key, latency);
        server.setExecutor(api.threads);
        server.createContext(PATH, api::receive);
        server.start();
        return api;
    }

    /** The address for requests. */
    public URI uri() {
        InetSocketAddress address = server.getAddress();
        return URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + PATH);
    }

    /** From now on this key is valid in place of the one that it was started with. */
    public void changeKey(String newKey) {
        key = newKey;
    }

    /** From now on this key is valid too. */
    public void addKey(String another) {
        customers.add(another);
    }

    /** Allows each key so many calls. Call it before the first request; without it, any number is allowed. */
    public void allowEachKey(Allowance calls) {
        allowance = calls;
    }

    /** What it has counted of the calls with this key, since there is an allowance. */
    public Usage usage(String ofKey) {
        KeyMeter meter = meters.get(ofKey);
        return meter == null ? new Usage(0, 0, 0, 0) : meter.usage();
    }

    /** Answers 503 to the next {@code times} requests with this prompt. */
    public void beBusy(String prompt, int times) {
        busy.put(prompt, times);
    }

    /** Answers 429 to the next request with this prompt, with a Retry-After of this many whole seconds. */
    public void limitRate(String prompt, Duration retryAfter) {
        limited.put(prompt, retryAfter);
    }

    /** Answers 422 to all requests with this prompt. */
    public void refuse(String prompt) {
        refused.add(prompt);
    }

    /** How many requests with this prompt and a valid key have arrived. */
    public int asked(String prompt) {
        return asked.getOrDefault(prompt, 0);
    }

    /**
     * Delays the answer to the next request with this prompt by this time.
     *
     * @return completes when that request has arrived
     */
    public Future<?> beSlow(String prompt, Duration longer) {
        Slow next = new Slow(longer, new CompletableFuture<>());
        slow.put(prompt, next);
        return next.came();
    }

    /** Holds the next request with this prompt. */
    public Held hold(String prompt) {
        Held next = new Held(new CompletableFuture<>(), new CompletableFuture<>());
        held.put(prompt, next);
        return next;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void receive(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (!exchange.getRequestMethod().equals("POST")) {
            answer(exchange, 405, "text/plain", text("POST a request for an image"));
            return;
        }
        String sent = sentKey(exchange);
        if (sent == null) {
            answer(exchange, 401, "text/plain", text("Unknown API key"));
            return;
        }
        KeyMeter meter = meter(sent);
        if (meter == null) {
            after(latency, exchange, () -> take(exchange, body));
        } else if (meter.starts(System.nanoTime())) {
            after(latency, exchange, () -> {
                meter.ended();
                take(exchange, body);
            });
        } else {
            answerTooMany(exchange, Duration.ofSeconds(1));
        }
    }

    /** The key of the request; null if it has none that is valid. */
    private @Nullable String sentKey(HttpExchange exchange) {
        String sent = exchange.getRequestHeaders().getFirst("Authorization");
        return sent == null
                ? null
                : Stream.concat(Stream.of(key), customers.stream())
                        .filter(valid -> MessageDigest.isEqual(text(sent), text("Bearer " + valid)))
                        .findFirst()
                        .orElse(null);
    }

    private @Nullable KeyMeter meter(String sent) {
        Allowance each = allowance;
        return each == null ? null : meters.computeIfAbsent(sent, first -> new KeyMeter(each));
    }

    private void take(HttpExchange exchange, byte[] body) throws IOException {
        ImageRequest request = JsonMapper.shared().readValue(body, ImageRequest.class);
        String prompt = request.prompt();
        asked.merge(prompt, 1, Integer::sum);
        Duration retryAfter = limited.remove(prompt);
        Slow longer = slow.remove(prompt);
        Held hold = held.remove(prompt);
        if (refused.contains(prompt)) {
            answer(exchange, 422, "text/plain", text("This cannot be painted"));
        } else if (retryAfter != null) {
            answerTooMany(exchange, retryAfter);
        } else if (isBusy(prompt)) {
            answer(exchange, 503, "text/plain", text("Too many images at the moment"));
        } else if (longer != null) {
            longer.came().complete(null);
            after(longer.by(), exchange, () -> paint(exchange, request));
        } else if (hold != null) {
            hold.came().complete(null);
            CompletableFuture<Void> unused =
                    hold.released().thenRunAsync(guarded(exchange, () -> paint(exchange, request)), threads);
        } else {
            paint(exchange, request);
        }
    }

    private void paint(HttpExchange exchange, ImageRequest request) throws IOException {
        byte[] png = painted.get(request);
        if (png == null) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            ImageIO.write(Painter.paint(request), "png", bytes);
            png = bytes.toByteArray();
            painted.put(request, png);
        }
        answer(exchange, 200, "image/png", png);
    }

    private void after(Duration delay, HttpExchange exchange, Step step) {
        Executor later = CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, threads);
        later.execute(guarded(exchange, step));
    }

    private static Runnable guarded(HttpExchange exchange, Step step) {
        return () -> {
            try {
                step.run();
            } catch (RuntimeException unusable) {
                log.warn("Cannot paint what was asked for", unusable);
                exchange.close();
            } catch (IOException gone) {
                log.debug("The client did not wait for its image", gone);
            }
        };
    }

    private boolean isBusy(String prompt) {
        Integer left = busy.computeIfPresent(prompt, (name, times) -> times - 1);
        return left != null && left >= 0;
    }

    private static void answerTooMany(HttpExchange exchange, Duration retryAfter) throws IOException {
        exchange.getResponseHeaders().set("Retry-After", Long.toString(retryAfter.toSeconds()));
        answer(exchange, 429, "text/plain", text("Too many requests from this key"));
    }

    private static void answer(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * A request that is held.
     *
     * @param came completes when it has arrived
     * @param released completes when it may be answered
     */
    public record Held(CompletableFuture<@Nullable Void> came, CompletableFuture<@Nullable Void> released) {
        /** Has it answered. */
        public void release() {
            released.complete(null);
        }
    }

    /** A request that is delayed. */
    private record Slow(Duration by, CompletableFuture<@Nullable Void> came) {}

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }
}
