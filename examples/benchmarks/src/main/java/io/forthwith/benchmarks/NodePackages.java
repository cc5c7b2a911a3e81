package io.forthwith.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The contenders that run on Node: packages of npm, with exact versions and their own Node, in a folder of their own. npm is called only
 * when one of them takes part, and only once for each lock file. To be used by one thread.
 */
final class NodePackages {
    private static final String MANIFEST = "package.json";
    private static final String LOCK = "package-lock.json";
    private static final List<String> SCRIPTS =
            List.of("parent.mjs", "worker.mjs", "responder.mjs", "graphile.mjs", "pgboss.mjs");
    /** npm writes this file when it has installed everything. */
    private static final Path INSTALLED = Path.of("node_modules", ".package-lock.json");
    /** The first major version of Node of which all versions can run all packages. */
    private static final int FIRST_NODE = 24;

    private static final long PATIENCE_MINUTES = 5;

    private final Path folder;
    private final String npm;
    /** Why the packages could not be installed; asked again, npm would need as long again. */
    private @Nullable String failure;

    NodePackages(Path folder, String npm) {
        this.folder = folder;
        this.npm = npm;
    }

    /** Beside the folder for raw results. */
    static NodePackages usual() {
        Path target = Options.ofSystemProperties().output().toAbsolutePath().resolveSibling("peers");
        return new NodePackages(target, System.getProperty("os.name").startsWith("Windows") ? "npm.cmd" : "npm");
    }

    /** The exact version of a package that {@code package.json} names. */
    static String version(String packageName) {
        return JsonMapper.shared()
                .readTree(text(MANIFEST))
                .get("dependencies")
                .get(packageName)
                .asString();
    }

    /** Installs the packages if they are not there. Returns why they cannot run on this machine, if so. */
    Optional<String> missing() throws IOException, InterruptedException {
        if (failure == null && !isInstalled()) {
            write(MANIFEST);
            write(LOCK);
            failure = install().orElse(null);
        }
        if (failure != null) {
            return Optional.of(failure);
        }
        return node().isPresent()
                ? Optional.empty()
                : Optional.of(
                        "no package has a Node for this machine, and its own is missing or older than " + FIRST_NODE);
    }

    /** A builder of a process that runs a script. */
    ProcessBuilder command(String script, List<String> arguments) throws IOException, InterruptedException {
        for (String file : SCRIPTS) {
            write(file);
        }
        List<String> command = new ArrayList<>();
        command.add(node().orElseThrow(() -> new IOException("There is no Node in " + folder)));
        command.add(folder.resolve(script).toString());
        command.addAll(arguments);
        ProcessBuilder process = new ProcessBuilder(command);
        process.environment().remove("NODE_OPTIONS");
        return process;
    }

    private boolean isInstalled() throws IOException {
        return Files.exists(folder.resolve(INSTALLED))
                && Files.readString(folder.resolve(LOCK)).equals(text(LOCK));
    }

    private Optional<String> install() throws IOException, InterruptedException {
        Path log = folder.resolve("npm.log");
        Process installing;
        try {
            // No script of a package runs.
            installing = new ProcessBuilder(
                            npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException notFound) {
            return Optional.of("npm is not installed here (" + notFound.getMessage() + ")");
        }
        if (!installing.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
            installing.destroyForcibly();
            return Optional.of("npm ci has not ended in " + PATIENCE_MINUTES + " minutes, see " + log);
        }
        return installing.exitValue() == 0
                ? Optional.empty()
                : Optional.of("npm ci has ended with exit code " + installing.exitValue() + ", see " + log);
    }

    /** The Node of a package, or else the one of this machine if it is new enough. */
    private Optional<String> node() throws IOException, InterruptedException {
        for (String platform : List.of("linux-x64", "linux-arm64")) {
            // npm installs only the package for this machine.
            Path node = folder.resolve(Path.of("node_modules", "node-" + platform, "bin", "node"));
            if (Files.exists(node)) {
                return Optional.of(node.toString());
            }
        }
        return majorOf("node").filter(major -> major >= FIRST_NODE).map(major -> "node");
    }

    private static Optional<Integer> majorOf(String node) throws IOException, InterruptedException {
        Process asked;
        try {
            asked = new ProcessBuilder(node, "-p", "process.versions.node.split('.')[0]").start();
        } catch (IOException notFound) {
            return Optional.empty();
        }
        String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return asked.waitFor() == 0 ? Optional.of(Integer.valueOf(answer)) : Optional.empty();
    }

    private void write(String file) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(file), text(file));
    }

    private static String text(String file) {
        try (InputStream stream = NodePackages.class.getResourceAsStream("node/" + file)) {
            if (stream == null) {
                throw new IllegalStateException("There is no " + file + " on the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("Could not read " + file, e);
        }
    }
}
