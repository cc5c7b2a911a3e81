package io.forthwith.spring.boot.internal;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootVersion;

/** Whether an application has the starter for its Spring Boot. For the starters. */
public final class StarterVersion {
    private StarterVersion() {}

    /**
     * Checks the major version of Spring Boot.
     *
     * @param major the one that the starter is for
     * @throws IllegalStateException if the application runs on another one; the message names the starter to use
     */
    public static void requireBoot(int major) {
        requireBoot(major, SpringBootVersion.getVersion());
    }

    static void requireBoot(int major, @Nullable String version) {
        if (version == null || version.startsWith(major + ".")) {
            return;
        }
        String wayOut = version.startsWith("3.") || version.startsWith("4.")
                ? "use forthwith-spring-boot-" + version.charAt(0) + "-starter"
                : "there are starters for Spring Boot 3.5 and 4";
        throw new IllegalStateException("forthwith-spring-boot-" + major + "-starter is for Spring Boot " + major
                + ", and this is Spring Boot " + version + ": " + wayOut);
    }
}
