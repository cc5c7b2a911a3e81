package io.forthwith.studio;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The settings of a {@link StudioWorker}.
 *
 * @param studio the database, which must be one that {@code -Djdbc.url} names, the files and the language
 * @param name of the worker, {@code -Dworker.name}
 * @param queue that it serves, {@code -Dworker.queue}
 * @param concurrency how many jobs it runs at a time, {@code -Dworker.concurrency}; by default 2
 * @param lease of its jobs, {@code -Dworker.lease}, such as {@code PT20S}, the default
 * @param grace how long running jobs may go on when it stops, {@code -Dworker.grace}; by default {@code PT20S}
 * @param imageApi the image service, {@code -Dimages.uri}
 * @param creditsLatency how long the ledger takes to charge or refund, {@code -Dcredits.latency}; by default
 *     {@code PT0S}
 */
public record WorkerSettings(
        Settings studio,
        String name,
        String queue,
        int concurrency,
        Duration lease,
        Duration grace,
        URI imageApi,
        Duration creditsLatency) {
    /** The environment variable with the password of the database, unless {@code -Djdbc.password} is given. */
    public static final String PASSWORD_VARIABLE = "JDBC_PASSWORD";

    /** Reads the settings from these properties and environment variables. */
    public static WorkerSettings of(Properties properties, Map<String, String> environment) {
        require(properties, "jdbc.url", "of the database that the worker shares with the studio");
        Properties withPassword = new Properties();
        withPassword.putAll(properties);
        if (environment.containsKey(PASSWORD_VARIABLE)) {
            withPassword.putIfAbsent("jdbc.password", environment.get(PASSWORD_VARIABLE));
        }
        return new WorkerSettings(
                Settings.of(withPassword),
                properties.getProperty("worker.name", "studio-worker"),
                properties.getProperty("worker.queue", "default"),
                Integer.parseInt(properties.getProperty("worker.concurrency", "2")),
                Duration.parse(properties.getProperty("worker.lease", "PT20S")),
                Duration.parse(properties.getProperty("worker.grace", "PT20S")),
                URI.create(require(properties, "images.uri", "of the image service")),
                Duration.parse(properties.getProperty("credits.latency", "PT0S")));
    }

    /** The settings as system properties, without the password. */
    public Map<String, String> properties() {
        Map<String, String> properties = new TreeMap<>(studio.properties());
        properties.put("worker.name", name);
        properties.put("worker.queue", queue);
        properties.put("worker.concurrency", Integer.toString(concurrency));
        properties.put("worker.lease", lease.toString());
        properties.put("worker.grace", grace.toString());
        properties.put("images.uri", imageApi.toString());
        properties.put("credits.latency", creditsLatency.toString());
        return properties;
    }

    private static String require(Properties properties, String name, String what) {
        String value = properties.getProperty(name);
        if (value == null) {
            throw new IllegalArgumentException("-D" + name + "=… is missing: the address " + what);
        }
        return value;
    }
}
