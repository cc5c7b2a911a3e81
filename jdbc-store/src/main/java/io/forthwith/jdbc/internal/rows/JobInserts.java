package io.forthwith.jdbc.internal.rows;

import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.store.EncodedJob;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How a database inserts jobs. Thread-safe. */
public interface JobInserts {
    /**
     * Inserts jobs in the order given with their labels, leaving out those whose id or open key is taken.
     *
     * @return the ids of those inserted
     */
    Set<UUID> insert(Session session, List<NewJobRow> rows) throws SQLException;

    /**
     * Inserts several jobs in the order given, all or nothing, if they are all new and the database has a cheaper way for that.
     *
     * @param what the operation, for messages
     * @return whether it did; if not, nothing was inserted
     */
    default boolean insertNew(Database database, String what, List<NewJobRow> rows) {
        return false;
    }

    /** Whether a job and its labels are inserted by one statement, which needs no transaction. By default they are not. */
    default boolean labelsAtOnce() {
        return false;
    }

    /**
     * Inserts one {@linkplain PlainJobs#isPlain plain} job, if its id is new and the database has a cheaper way for that.
     *
     * @param what the operation, for messages
     * @param word what its commit is to tell other processes, if it can; null for nothing
     */
    default PlainInsertResult insertPlain(Database database, String what, EncodedJob job, @Nullable String word) {
        return PlainInsertResult.NOT_INSERTED;
    }
}
