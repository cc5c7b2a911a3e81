package io.forthwith.benchmarks;

import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Starts another JVM with the class path of this one and no options, so that every contender gets the same defaults. */
final class JavaCommand {
    private JavaCommand() {}

    /** A builder of a process that runs the main method of a class. */
    static ProcessBuilder of(Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(main.getName());
        command.addAll(arguments);
        ProcessBuilder process = new ProcessBuilder(command);
        // Not an option, because some systems allow only short command lines.
        process.environment().put("CLASSPATH", classPath(main.getClassLoader()));
        process.environment().remove("JDK_JAVA_OPTIONS");
        return process;
    }

    /** Under Maven the classes come from a separate class loader, and java.class.path names only Maven itself. */
    private static String classPath(ClassLoader loader) {
        if (loader instanceof URLClassLoader urls) {
            return Arrays.stream(urls.getURLs())
                    .map(URL::toString)
                    .map(url -> Path.of(URI.create(url)).toString())
                    .collect(Collectors.joining(File.pathSeparator));
        }
        return System.getProperty("java.class.path");
    }
}
