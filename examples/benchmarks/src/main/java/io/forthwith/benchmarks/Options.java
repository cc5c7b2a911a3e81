package io.forthwith.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The options on the command line: {@code -Dcontenders=a,b -Drounds=5 -Djobs=50000 -Dprocesses=1
 * -Djdbc.url=jdbc:…}.
 *
 * @param read returns the value of an option, or null
 */
record Options(Function<String, @Nullable String> read) {
    static final Options NONE = new Options(name -> null);

    static Options ofSystemProperties() {
        return new Options(System::getProperty);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(read.apply(name)).filter(value -> !value.isBlank());
    }

    int number(String name, int otherwise) {
        return text(name).map(Integer::valueOf).orElse(otherwise);
    }

    /** An option that is a list with commas. */
    List<String> list(String name, String otherwise) {
        return Arrays.asList(text(name).orElse(otherwise).split(","));
    }

    List<Integer> numbers(String name, String otherwise) {
        return list(name, otherwise).stream().map(Integer::valueOf).toList();
    }

    List<Contender> contenders(String otherwise) {
        return Contenders.listed(text("contenders").orElse(otherwise));
    }

    /** Contenders that take part by default, and those of {@code -Dpeers=}, which the profile "peers" sets. */
    String withPeers(String usual) {
        return text("peers").map(peers -> usual + "," + peers).orElse(usual);
    }

    int rounds() {
        return number("rounds", 5);
    }

    /** The folder for raw results. */
    Path output() {
        return Path.of(text("benchmark.output").orElse("target/benchmarks"));
    }
}
