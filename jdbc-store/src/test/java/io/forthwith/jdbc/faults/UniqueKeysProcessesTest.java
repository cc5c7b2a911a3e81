package io.forthwith.jdbc.faults;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.UniqueKey;
import io.forthwith.jdbc.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@DisplayName("Three processes that enqueue jobs with the same unique keys at the same moment")
@Tag("slow")
class UniqueKeysProcessesTest {
    private static final int PROCESSES = 3;
    private static final int KEYS = 200;
    private static final int ANSWERS = KEYS * UniqueKey.Scope.values().length;

    private final List<ChildProcess> children = new ArrayList<>();

    @AfterEach
    void kill() throws InterruptedException {
        for (ChildProcess child : children) {
            child.close();
            child.awaitExit();
        }
    }

    @Test
    @DisplayName("add one job for each key of each scope, and all of them get its id, on PostgreSQL")
    void onPostgres() {
        oneForEachKey(DurablePostgres.shared());
    }

    @Test
    @DisplayName("add one job for each key of each scope, and all of them get its id, on MariaDB")
    void onMariaDb() {
        oneForEachKey(DurableMariaDb.shared());
    }

    private void oneForEachKey(DurableServer server) {
        String url = server.newDatabase();
        for (int i = 0; i < PROCESSES; i++) {
            children.add(ChildProcess.start(UniqueKeysProcess.class, "p" + i, url, Integer.toString(KEYS)));
        }
        children.forEach(ChildProcess::awaitReady);
        children.forEach(child -> child.send("go"));
        children.forEach(child -> child.awaitLines(1, Duration.ofSeconds(60), "DONE"::equals));

        List<String> answers = children.stream()
                .flatMap(child ->
                        child.lines(line -> line.startsWith("ADDED ") || line.startsWith("KEY_TAKEN ")).stream())
                .toList();
        assertThat(answers).hasSize(PROCESSES * ANSWERS);
        Map<String, List<String>> byId = answers.stream().collect(groupingBy(line -> line.split(" ", -1)[2]));
        assertThat(byId).hasSize(ANSWERS);
        assertThat(byId.values())
                .allSatisfy(ofOne -> assertThat(ofOne)
                        .hasSize(PROCESSES)
                        .filteredOn(line -> line.startsWith("ADDED "))
                        .hasSize(1));
        assertThat(Sql.query(DurableServer.at(url), "SELECT count(*) FROM job"))
                .containsExactly(List.of(Integer.toString(ANSWERS)));
        long taken =
                answers.stream().filter(line -> line.startsWith("KEY_TAKEN ")).count();
        assertThat(taken).isEqualTo((PROCESSES - 1L) * ANSWERS);
    }
}
