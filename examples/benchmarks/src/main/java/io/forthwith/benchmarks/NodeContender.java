package io.forthwith.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * A contender that runs on Node, on the same server and with the same checks. Everything that its library does is done by
 * {@code worker.mjs} in processes of Node: creating the tables, adding the jobs and running them.
 */
interface NodeContender extends Contender {
    NodePackages PACKAGES = NodePackages.usual();

    /** The module beside {@code worker.mjs} that drives the library. */
    String module();

    /** The npm package of the library. */
    String packageName();

    /** The settings that the module gives to the library. */
    Map<String, Object> options(Load load);

    /** What becomes of the rows of jobs that are done. */
    String afterwards();

    @Override
    default Optional<String> missing() throws IOException, InterruptedException {
        return PACKAGES.missing();
    }

    @Override
    default String settings(Load load) {
        return NodePackages.version(packageName()) + ", " + json(load) + "; " + afterwards();
    }

    @Override
    default ProcessBuilder workerProcess(Load load) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("./" + module(), json(load)));
        arguments.addAll(load.arguments());
        return PACKAGES.command("worker.mjs", arguments);
    }

    @Override
    default void createTables(DataSource database) throws Exception {
        order(database, "tables", "created");
    }

    @Override
    default void enqueue(DataSource database, int first, int count) throws Exception {
        order(database, "fill " + first + " " + count, "filled");
    }

    @Override
    default Producer producer(DataSource database) {
        throw new UnsupportedOperationException(name() + " has its producers in a process of Node");
    }

    @Override
    default AutoCloseable start(DataSource database, Load load, Work work) {
        throw new UnsupportedOperationException(name() + " has its workers in a process of Node");
    }

    private void order(DataSource database, String order, String answer)
            throws IOException, InterruptedException, SQLException {
        String url = database.unwrap(HikariDataSource.class).getJdbcUrl();
        try (ChildProcess process = ChildProcess.start(workerProcess(Load.noop(0)), url, line -> false)) {
            process.awaitReady(Logs.USUAL);
            process.tell(order);
            process.await(answer);
        }
    }

    private String json(Load load) {
        return JsonMapper.shared().writeValueAsString(options(load));
    }
}
