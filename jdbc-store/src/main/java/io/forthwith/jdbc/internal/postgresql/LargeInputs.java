package io.forthwith.jdbc.internal.postgresql;

import io.forthwith.Job;
import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the inputs of claimed jobs that the claim has left out because they are large, in pieces, until they have as much
 * text as one claim may return. Immutable and thread-safe.
 */
final class LargeInputs {
    /** A claim of more jobs leaves inputs out that take more bytes in the table. */
    private static final int MOST_JOBS = 32;

    /** Below this size values are stored in the row. */
    private static final int MOST_BYTES = 2_000;

    /** In characters. */
    private static final long MOST_TEXT = 8L << 20;

    private static final int FIRST_PIECE = 32;
    private static final int PIECE = 128;
    /** With inputs of this length on average, the next piece may be larger. */
    private static final int SMALL = 16_384;

    private final SqlDialect dialect;
    private final StatementText read;

    LargeInputs(SqlDialect dialect) {
        this.dialect = dialect;
        this.read = dialect.sql("SELECT id, input_data FROM {job} WHERE id {in}");
    }

    /** How many bytes an input may take in the table to be read by a claim of so many jobs. */
    static long mostBytes(int limit) {
        return limit <= MOST_JOBS ? Long.MAX_VALUE : MOST_BYTES;
    }

    /**
     * The jobs of a claim.
     *
     * @param jobs with inputs, or to be given back because there was too much text
     */
    record Claimed(List<Job> jobs, List<Job> tooMuch) {}

    Claimed read(Database database, List<Job> claimed, Set<UUID> late) {
        List<Job> jobs = new ArrayList<>();
        List<Job> missing = new ArrayList<>();
        for (Job job : claimed) {
            (late.contains(job.id()) ? missing : jobs).add(job);
        }
        long text = 0;
        int next = 0;
        int size = FIRST_PIECE;
        while (next < missing.size() && text < MOST_TEXT) {
            List<Job> piece = missing.subList(next, Math.min(next + size, missing.size()));
            Map<UUID, String> inputs = inputs(database, piece);
            long more = 0;
            for (Job job : piece) {
                String input = inputs.get(job.id());
                jobs.add(job.toBuilder().input(input).build());
                more += input == null ? 0 : input.length();
            }
            text += more;
            next += piece.size();
            size = more / piece.size() < SMALL ? PIECE : FIRST_PIECE;
        }
        return new Claimed(jobs, missing.subList(next, missing.size()));
    }

    private Map<UUID, String> inputs(Database database, List<Job> piece) {
        return database.read("read the inputs of " + piece.size() + " jobs", session -> {
            Map<UUID, String> inputs = new HashMap<>();
            session.query(read, binder -> binder.ids(piece.stream().map(Job::id).toList()), row -> put(inputs, row));
            return inputs;
        });
    }

    private @Nullable String put(Map<UUID, String> inputs, ResultSet row) throws SQLException {
        UUID id = dialect.readId(row, 1);
        String input = row.getString(2);
        return id == null || input == null ? null : inputs.put(id, input);
    }
}
