package io.forthwith.studio;

import io.forthwith.studio.images.Allowance;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the studio.
 *
 * @param folder the folder for its files, emptied at the start
 * @param language the language of messages to users, {@code -Dlang}: {@code en} (the default) or {@code zh}
 * @param db which database the studio opens for itself, {@code -Ddb}: {@code h2} (the default) or {@code postgres}
 * @param jdbcUrl any other database, {@code -Djdbc.url}; its driver must be on the class path
 * @param user of that other database, {@code -Djdbc.user}
 * @param password of that user, {@code -Djdbc.password}
 * @param imageMinute the time of which the image service allows each API key twenty calls, {@code -Dimages.minute}: {@code PT1M} is a real minute, {@code PT5S},
 *     the default, is one for those who do not want to wait
 * @param dashboardPort where the studio serves a dashboard of its jobs and goes on until it is stopped: {@code -Ddashboard} at a free port, which is 0,
 *     {@code -Ddashboard=8080} at this one; null without
 */
public record Settings(
        Path folder,
        String language,
        String db,
        @Nullable String jdbcUrl,
        @Nullable String user,
        @Nullable String password,
        Duration imageMinute,
        @Nullable Integer dashboardPort) {
    private static final Duration SHORT_MINUTE = Duration.ofSeconds(5);
    private static final String FOLDER = "forthwith-studio";
    private static final int HIGHEST_PORT = 65_535;

    /** Checks the values. */
    public Settings {
        require("lang", language, List.of("en", "zh"));
        require("db", db, List.of("h2", "postgres"));
    }

    /** Settings of a studio without a dashboard, with a short minute. */
    public Settings(
            Path folder,
            String language,
            String db,
            @Nullable String jdbcUrl,
            @Nullable String user,
            @Nullable String password) {
        this(folder, language, db, jdbcUrl, user, password, SHORT_MINUTE, null);
    }

    /** Reads the settings from these properties. */
    public static Settings of(Properties properties) {
        return new Settings(
                Path.of(properties.getProperty("studio.dir", "target"), FOLDER).toAbsolutePath(),
                properties.getProperty("lang", "en"),
                properties.getProperty("db", "h2"),
                properties.getProperty("jdbc.url"),
                properties.getProperty("jdbc.user"),
                properties.getProperty("jdbc.password"),
                Duration.parse(properties.getProperty("images.minute", SHORT_MINUTE.toString())),
                port(properties.getProperty("dashboard")));
    }

    /** What the image service allows each API key. */
    public Allowance imageAllowance() {
        return Allowance.of(imageMinute);
    }

    /** The settings as system properties, without the password, and without the dashboard, which one process serves for all. */
    Map<String, String> properties() {
        Map<String, String> properties = new TreeMap<>();
        properties.put("studio.dir", Objects.requireNonNull(folder.getParent()).toString());
        properties.put("lang", language);
        properties.put("db", db);
        properties.put("images.minute", imageMinute.toString());
        if (jdbcUrl != null) {
            properties.put("jdbc.url", jdbcUrl);
        }
        if (user != null) {
            properties.put("jdbc.user", user);
        }
        return properties;
    }

    private static @Nullable Integer port(@Nullable String dashboard) {
        if (dashboard == null || dashboard.equals("false")) {
            return null;
        }
        if (dashboard.isEmpty() || dashboard.equals("true")) {
            return 0;
        }
        if (!dashboard.matches("\\d{1,5}") || Integer.parseInt(dashboard) > HIGHEST_PORT) {
            throw new IllegalArgumentException("-Ddashboard=" + dashboard + " is not known; it may be a port, 0 to "
                    + HIGHEST_PORT + ", or nothing for a free one");
        }
        return Integer.valueOf(dashboard);
    }

    private static void require(String name, String value, List<String> allowed) {
        if (!allowed.contains(value)) {
            throw new IllegalArgumentException(
                    "-D" + name + "=" + value + " is not known; it may be " + String.join(" or ", allowed));
        }
    }
}
