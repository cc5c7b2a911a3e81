package shop;

import io.forthwith.JobQuery;
import io.forthwith.client.JobClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts shops, and calls them. */
final class Shops {
    static final Duration SOON = Duration.ofMinutes(1);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private Shops() {}

    /** A shop that is started with these properties. */
    static ConfigurableApplicationContext start(String url, String... properties) {
        return start(List.of(ShopApplication.class), url, properties);
    }

    static ConfigurableApplicationContext start(List<Class<?>> sources, String url, String... properties) {
        List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--spring.datasource.url=" + url));
        for (String each : properties) {
            arguments.add("--" + each);
        }
        return new SpringApplicationBuilder(sources.toArray(Class<?>[]::new)).run(arguments.toArray(String[]::new));
    }

    static JobClient jobs(ConfigurableApplicationContext shop) {
        return shop.getBean(JobClient.class);
    }

    /** Places an order and waits until it is confirmed. */
    static void orderAndConfirm(ConfigurableApplicationContext shop) {
        Orders orders = shop.getBean(Orders.class);
        UUID order = orders.place("ada@example.org", 100);
        org.awaitility.Awaitility.await()
                .atMost(SOON)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> orders.isConfirmed(order));
    }

    static long count(ConfigurableApplicationContext shop) {
        return jobs(shop).countByScan(JobQuery.all());
    }

    static HttpResponse<String> send(String method, int port, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** A page for somebody with a name and a password, or for a stranger if that is empty. */
    static HttpResponse<String> as(String nameAndPassword, int port, String path) throws IOException, InterruptedException {
        return HTTP.send(request(nameAndPassword, port, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Sends an empty form, as a browser does, with these headers. */
    static HttpResponse<String> post(String nameAndPassword, int port, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(nameAndPassword, port, path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.noBody());
        return HTTP.send(
                (headers.length == 0 ? request : request.headers(headers)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(String nameAndPassword, int port, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
        return nameAndPassword.isEmpty()
                ? request
                : request.header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(nameAndPassword.getBytes(StandardCharsets.UTF_8)));
    }

    static int port(ConfigurableApplicationContext shop) {
        return shop.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }
}
