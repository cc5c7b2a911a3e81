package io.forthwith.micrometer;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Prometheus would get: the lines of the library that a server has answered over HTTP. */
record Scrape(List<Line> lines) {
    private static final Pattern LINE = Pattern.compile("(forthwith_\\w+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

    /** One time series. */
    record Line(String name, Map<String, String> labels, double value) {}

    static Scrape of(PrometheusMeterRegistry registry) throws IOException, InterruptedException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/metrics", exchange -> {
            byte[] text = registry.scrape().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, text.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(text);
            }
        });
        server.start();
        try {
            URI uri = URI.create("http://" + server.getAddress().getHostString() + ":"
                    + server.getAddress().getPort() + "/metrics");
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            return parse(answer.body());
        } finally {
            server.stop(0);
        }
    }

    private static Scrape parse(String text) {
        List<Line> lines = new ArrayList<>();
        text.lines().forEach(each -> {
            Matcher line = LINE.matcher(each);
            if (line.matches()) {
                Map<String, String> labels = new TreeMap<>();
                LABEL.matcher(line.group(2) == null ? "" : line.group(2))
                        .results()
                        .forEach(label -> labels.put(label.group(1), label.group(2)));
                lines.add(new Line(line.group(1), labels, Double.parseDouble(line.group(3))));
            }
        });
        return new Scrape(lines);
    }

    /** The names, each with the labels that it has. */
    Map<String, Set<String>> names() {
        Map<String, Set<String>> names = new TreeMap<>();
        lines.forEach(line ->
                names.computeIfAbsent(line.name, name -> new TreeSet<>()).addAll(line.labels.keySet()));
        return names;
    }

    /** The value of the one series with this name and these labels, given as key, value, key, value. */
    OptionalDouble value(String name, String... labels) {
        Map<String, String> wanted = new TreeMap<>();
        for (int i = 0; i < labels.length; i += 2) {
            wanted.put(labels[i], labels[i + 1]);
        }
        return lines.stream()
                .filter(line -> line.name.equals(name) && line.labels.equals(wanted))
                .mapToDouble(Line::value)
                .findFirst();
    }
}
