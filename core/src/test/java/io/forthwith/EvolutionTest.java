package io.forthwith;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program that was compiled against the library as it is runs unchanged against one that has grown: each value that users read has one part more, reasons and events have one
 * kind more, and {@code JobStore} has one method more.
 */
class EvolutionTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path CLASSES = Path.of("target/classes");
    private static final Path PROGRAM = Path.of("src/test/resources/evolution/Program.java");

    /** Interfaces whose cases users read: they grow by a method, and by a case, which is in every diagnosis and comes after every event. */
    private static final Map<String, String> NEW_KINDS = Map.of(
            "Reason",
            "    record NewReason() implements Reason { public List<Object> evidence() { return List.of(); } }\n",
            "JobEvent",
            "    record NewEvent(Job job) implements JobEvent {}\n");

    /** Where the library tells of the new cases. */
    private static final Map<String, Map.Entry<String, String>> TOLD = Map.of(
            "Diagnosis.java",
            Map.entry(
                    "this.reasons = List.copyOf(reasons);",
                    "List<Reason> more = new java.util.ArrayList<>(reasons); more.add(new Reason.NewReason()); this.reasons = List.copyOf(more);"),
            "JobListeners.java",
            Map.entry(
                    "listener.onEvent(event);",
                    "listener.onEvent(event); listener.onEvent(new JobEvent.NewEvent(event.job()));"));

    @TempDir
    Path folder;

    private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();

    @Test
    void a_program_runs_unchanged_against_a_library_that_has_grown() throws Exception {
        Path program = Files.createDirectories(folder.resolve("program"));
        compile(List.of(PROGRAM), program, List.of("-cp", path(CLASSES, System.getProperty("java.class.path"))));
        String before = run(program, CLASSES);

        Path grown = Files.createDirectories(folder.resolve("grown"));
        Growth growth = grow(folder.resolve("sources"));
        compile(javaFiles(folder.resolve("sources")), grown, List.of("-proc:none", "-cp", libraries()));
        copyResources(grown);

        assertThat(growth.grown)
                .as("the values of the library that have one part more")
                .hasSizeGreaterThan(60)
                .contains("Job", "JobStep", "LimitState", "StoredSchedule", "JobOutcomes", "RegisteredWorker");
        String text = Files.readString(PROGRAM);
        assertThat(growth.grown.stream()
                        .filter(name -> !growth.kinds.contains(name))
                        .filter(name -> !text.matches("(?s).*\\b" + name + "\\b.*")))
                .as("values that the program does not read")
                .isEmpty();
        assertThat(before).contains("Hello, Ada").contains("a reason").contains("an event");
        String after = run(program, grown);
        assertThat(after).contains("[another reason, NewReason]").contains("[another event, NewEvent]");
        assertThat(after.lines().filter(line -> !line.matches("\\[another (reason|event), New(Reason|Event)]")))
                .containsExactlyElementsOf(before.lines().toList());
    }

    /** What the program has written down. */
    private String run(Path program, Path library) throws IOException, InterruptedException {
        Path said = folder.resolve("said");
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        path(program, library + File.pathSeparator + libraries()),
                        "evolution.Program",
                        said.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return Files.readString(said);
    }

    private static String path(Path first, String others) {
        return first.toAbsolutePath() + File.pathSeparator + others;
    }

    /** The class path of this test without the library. */
    private static String libraries() {
        return String.join(
                File.pathSeparator,
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> entry.endsWith(".jar"))
                        .toList());
    }

    private void compile(List<Path> sources, Path into, List<String> options) throws IOException {
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
            List<String> all = new ArrayList<>(options);
            all.addAll(List.of("-nowarn", "-d", into.toString()));
            StringWriter errors = new StringWriter();
            boolean compiled = compiler.getTask(
                            errors, files, null, all, null, files.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertThat(compiled).as(errors.toString()).isTrue();
        }
    }

    private static List<Path> javaFiles(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("module-info.java"))
                    .toList();
        }
    }

    private static void copyResources(Path into) throws IOException {
        Path resources = Path.of("src/main/resources");
        try (Stream<Path> all = Files.walk(resources)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path target = into.resolve(resources.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
    }

    /** Copies the sources, with one part more for each value that only the library makes. */
    private Growth grow(Path into) throws IOException {
        Growth growth = new Growth();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null,
                    files,
                    null,
                    List.of("-proc:none"),
                    null,
                    files.getJavaFileObjectsFromPaths(javaFiles(SOURCES)));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            List<CompilationUnitTree> units = new ArrayList<>();
            task.parse().forEach(units::add);
            for (CompilationUnitTree unit : units) {
                growth.edits = new TreeMap<>(Comparator.reverseOrder());
                growth.positions = positions;
                growth.scan(unit, null);
                StringBuilder text = new StringBuilder(unit.getSourceFile().getCharContent(true));
                growth.edits.forEach((at, more) -> text.insert(Math.toIntExact(at), more));
                Map.Entry<String, String> told = TOLD.get(
                        Path.of(unit.getSourceFile().toUri()).getFileName().toString());
                if (told != null) {
                    int at = text.indexOf(told.getKey());
                    assertThat(at).as(told.getKey()).isNotNegative();
                    text.replace(at, at + told.getKey().length(), told.getValue());
                }
                Path source = Path.of(unit.getSourceFile().toUri());
                Path target =
                        into.resolve(SOURCES.toAbsolutePath().relativize(source).toString());
                Files.createDirectories(target.getParent());
                Files.writeString(target, text);
            }
        }
        return growth;
    }

    /** Finds where to insert what, and what grows by it. */
    private static final class Growth extends TreePathScanner<Void, Void> {
        private static final String PART = "java.util.UUID oneMore";

        final Set<String> grown = new TreeSet<>();
        final Set<String> kinds = new TreeSet<>();
        TreeMap<Long, String> edits = new TreeMap<>();
        SourcePositions positions;

        private CompilationUnitTree unit() {
            return getCurrentPath().getCompilationUnit();
        }

        private void insert(long at, String text) {
            edits.merge(at, text, String::concat);
        }

        private long end(Tree tree) {
            return positions.getEndPosition(unit(), tree);
        }

        @Override
        public Void visitClass(ClassTree type, Void none) {
            String name = type.getSimpleName().toString();
            boolean isMadeByLibrary = type.getMembers().stream()
                    .anyMatch(member -> member instanceof MethodTree method && isOfLibrary(method));
            if (isMadeByLibrary || (name.equals("Job") && type.getKind() == Tree.Kind.CLASS)) {
                grown.add(name);
                insert(end(type) - 1, "    public java.util.UUID oneMore() { return new java.util.UUID(0, 1); }\n");
                ClassTree outer = outer();
                if (outer != null && NEW_KINDS.containsKey(outer.getSimpleName().toString())) {
                    kinds.add(name);
                }
            }
            if (NEW_KINDS.containsKey(name)) {
                insert(end(type) - 1, "    default int oneMore(int some) { return some; }\n");
                insert(end(type) - 1, NEW_KINDS.get(name));
            }
            if (name.equals("JobStore")) {
                insert(end(type) - 1, "    default int oneMore() { return 1; }\n");
            }
            return super.visitClass(type, null);
        }

        private ClassTree outer() {
            return getCurrentPath().getParentPath().getLeaf() instanceof ClassTree outer ? outer : null;
        }

        private static boolean isOfLibrary(MethodTree method) {
            List<? extends VariableTree> parameters = method.getParameters();
            return method.getName().contentEquals("<init>")
                    && !parameters.isEmpty()
                    && parameters.get(0).getType() instanceof IdentifierTree type
                    && type.getName().contentEquals("LibraryOnly");
        }

        @Override
        public Void visitMethod(MethodTree method, Void none) {
            if (isOfLibrary(method)) {
                List<? extends VariableTree> parameters = method.getParameters();
                insert(end(parameters.get(parameters.size() - 1)), ", " + PART);
            }
            return super.visitMethod(method, null);
        }

        @Override
        public Void visitNewClass(NewClassTree made, Void none) {
            grow(made.getArguments());
            return super.visitNewClass(made, null);
        }

        @Override
        public Void visitMethodInvocation(MethodInvocationTree call, Void none) {
            if (call.getMethodSelect() instanceof IdentifierTree method
                    && (method.getName().contentEquals("this")
                            || method.getName().contentEquals("super"))) {
                grow(call.getArguments());
            }
            return super.visitMethodInvocation(call, null);
        }

        private void grow(List<? extends ExpressionTree> arguments) {
            boolean isOfLibrary = !arguments.isEmpty()
                    && (arguments.get(0).toString().equals("LibraryOnly.KEY")
                            || arguments.get(0).toString().equals("by"));
            if (isOfLibrary) {
                insert(end(arguments.get(arguments.size() - 1)), ", null");
            }
        }
    }
}
