package io.forthwith.json;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Loads Jackson 3, and explains why it cannot be loaded. It works without Jackson 3. */
final class Jackson3OnPath {
    private static final String OTHERWISE =
            ", or give the client and the workers a codec of their own, such as Jackson2Codec of forthwith-jackson2";

    private Jackson3OnPath() {}

    static JobCodec standard() {
        return loaded(() -> Jackson3Codec.STANDARD);
    }

    static JobCodec strict() {
        return loaded(() -> Jackson3Codec.STRICT);
    }

    private static JobCodec loaded(Supplier<JobCodec> codec) {
        try {
            return codec.get();
        } catch (LinkageError missing) {
            throw new IllegalStateException(
                    why(
                                    versionOf("tools.jackson.core", "jackson-databind"),
                                    versionOf("com.fasterxml.jackson.core", "jackson-annotations"))
                            + OTHERWISE,
                    missing);
        }
    }

    /**
     * Why Jackson 3 cannot be loaded, and the lines of POM that mend it.
     *
     * @param jackson the version of Jackson 3; null if there is none
     * @param annotations the version of its annotations; null if there are none
     */
    static String why(@Nullable String jackson, @Nullable String annotations) {
        if (jackson == null) {
            return "Jackson 3 is not on the class path; add to your POM "
                    + dependency("tools.jackson.core", "jackson-databind", "3.1.7");
        }
        // Jackson 3.1 comes with the annotations 2.21, Jackson 3.2 with 2.22.
        int needed = 20 + minor(jackson);
        if (annotations != null && minor(annotations) >= needed) {
            return "Jackson " + jackson + " with jackson-annotations " + annotations + " could not be loaded";
        }
        return "Jackson " + jackson + " needs jackson-annotations 2." + needed + " or newer, but the class path has "
                + (annotations == null ? "none" : annotations) + "; add to your POM "
                + dependency("com.fasterxml.jackson.core", "jackson-annotations", "2." + needed);
    }

    private static String dependency(String group, String artifact, String version) {
        return "<dependency><groupId>" + group + "</groupId><artifactId>" + artifact + "</artifactId><version>"
                + version + "</version></dependency>";
    }

    private static int minor(String version) {
        Matcher minor = Pattern.compile("\\d+\\.(\\d+).*").matcher(version);
        return minor.matches() ? Integer.parseInt(minor.group(1)) : 0;
    }

    private static @Nullable String versionOf(String group, String artifact) {
        String file = "META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream found = Jackson3OnPath.class.getClassLoader().getResourceAsStream(file)) {
            if (found == null) {
                return null;
            }
            Properties properties = new Properties();
            properties.load(found);
            return properties.getProperty("version");
        } catch (IOException unreadable) {
            return null;
        }
    }
}
