package io.forthwith.internal.jackson;

import io.forthwith.internal.SafeText;
import java.lang.reflect.Modifier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the codecs of both versions of Jackson say when they refuse. It names types and fields, and no values. */
public final class JacksonRefusalText {
    /** What is said of a text that a mapper with limits of its own refuses. */
    public static final String TOO_LONG = "it is too deep or too long";

    public static final String NUMBER = "a number in it is out of range";

    public static final String DEFAULT_TYPING =
            "This mapper has default typing, so a row could name any class to load: use a mapper without it (with a starter for Spring"
                    + " Boot: declare a bean of type JobCodec that has one), and annotate your types with @JsonTypeInfo(use = JsonTypeInfo.Id.NAME) instead";

    private static final Pattern NOT_OF_THE_APPLICATION =
            Pattern.compile("(java|javax|jdk|sun|com\\.sun|kotlin|tools\\.jackson|com\\.fasterxml\\.jackson)\\.");
    /** They call Jackson, so what the application has done stands before them. */
    private static final Pattern CODEC = Pattern.compile("io\\.forthwith\\.(json|jackson2)\\.Jackson[23]Codec");

    private JacksonRefusalText() {}

    /**
     * A class that cannot be written, or read from any JSON.
     *
     * @param message what Jackson says, without values
     * @param module the module of Jackson, to which packages are opened
     */
    public static String type(@Nullable Class<?> type, @Nullable String message, String module) {
        if (type != null && message != null && message.contains("InaccessibleObjectException")) {
            return closed(type, message, module);
        }
        return line(message) + (type == null ? "" : wayOut(type, line(message)));
    }

    /**
     * A class whose members Jackson may not use.
     *
     * @param message what the JVM says, without values
     */
    public static String closed(Class<?> type, @Nullable String message, String module) {
        return type.getModule().isNamed()
                ? "module " + type.getModule().getName() + " does not open package " + type.getPackageName()
                        + " to Jackson, which needs " + type.getSimpleName() + "; write in its module-info.java: opens "
                        + type.getPackageName() + " to " + module + ";"
                : line(message);
    }

    private static String wayOut(Class<?> type, String message) {
        if (!message.contains("no Creators") && !isNoObject(message)) {
            return "";
        }
        return type.isInterface() || Modifier.isAbstract(type.getModifiers())
                ? "; annotate " + type.getSimpleName()
                        + " with @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = \"type\"), and with @JsonSubTypes"
                        + " to name its classes"
                : "; make " + type.getSimpleName()
                        + " a record, or give it a constructor without parameters, or annotate its constructor with"
                        + " @JsonCreator and each parameter with @JsonProperty(\"its name\")";
    }

    private static boolean isNoObject(@Nullable String message) {
        return message != null
                && message.contains("cannot deserialize from Object value (no delegate- or property-based Creator)");
    }

    /** A class that {@linkplain OpaqueClass#hides hides} what it holds. */
    public static String opaque(Class<?> type) {
        return type == Object.class
                ? "a plain java.lang.Object holds nothing that could be stored; pass a record, or an empty map"
                : type.getSimpleName() + " has fields, but none of them would be stored; make it a record, or give it"
                        + " getters, or annotate the fields with @JsonProperty (and with @JsonIgnore those that are no data)";
    }

    /** A class whose constructor threw. */
    public static String constructor(Class<?> type, @Nullable Throwable thrown, String path) {
        return "the constructor of " + type.getSimpleName() + " threw "
                + (thrown == null ? "an exception" : thrown.getClass().getName() + line(thrown, type)) + at(path);
    }

    /** A method that threw, by which a value was to be written or read. */
    public static String thrown(Throwable thrown, String path) {
        return thrown.getClass().getName() + " was thrown" + line(thrown, null) + at(path);
    }

    /**
     * The line that threw, in code of the application, if possible in this class. The message of the exception is not told: it may quote a value.
     */
    private static String line(Throwable thrown, @Nullable Class<?> type) {
        StackTraceElement found = null;
        try {
            for (StackTraceElement frame : thrown.getStackTrace()) {
                String name = frame.getClassName();
                if (CODEC.matcher(name).matches()) {
                    break;
                }
                if (type != null && isIn(type, name)) {
                    found = frame;
                    break;
                }
                if (found == null && !NOT_OF_THE_APPLICATION.matcher(name).lookingAt()) {
                    found = frame;
                }
            }
        } catch (RuntimeException | Error broken) {
            // The exception is of the application, and its methods may throw.
            return "";
        }
        return found == null || found.getFileName() == null || found.getLineNumber() < 0
                ? ""
                : " (" + SafeText.line(found.getFileName(), 100) + ":" + found.getLineNumber() + ")";
    }

    private static boolean isIn(Class<?> type, String className) {
        return className.equals(type.getName()) || className.startsWith(type.getName() + "$");
    }

    /** JSON that does not fit; of the message only those are told that quote no value. */
    public static String mismatch(@Nullable Class<?> wanted, @Nullable String message, String path, String module) {
        if (isMissingField(message)) {
            return "a field is missing" + at(path);
        }
        return isNoObject(message) ? type(wanted, message, module) : shape(wanted, path);
    }

    private static boolean isMissingField(@Nullable String message) {
        return message != null && message.startsWith("Missing ") && message.contains("creator property");
    }

    /** A field that the class does not have. */
    public static String unknownField(String name, Class<?> type, String path) {
        return "it has a field \"" + SafeText.line(name, 100) + "\", which " + type.getSimpleName() + " does not have"
                + at(path);
    }

    /** JSON that does not say which class of several it is. */
    public static String typeId(Class<?> base, String path) {
        return "its type id names none of the classes of " + base.getSimpleName()
                + ", or is missing, as in a list that is not in a field of a record" + at(path);
    }

    /** JSON of another shape. */
    public static String shape(@Nullable Class<?> wanted, String path) {
        return path.isEmpty()
                ? "it has another shape"
                : "it does not fit" + (wanted == null ? "" : " " + wanted.getSimpleName()) + at(path);
    }

    private static String at(String path) {
        return path.isEmpty() ? "" : " at " + SafeText.line(path, 200);
    }

    private static String line(@Nullable String message) {
        return SafeText.line(message, 1_000);
    }
}
