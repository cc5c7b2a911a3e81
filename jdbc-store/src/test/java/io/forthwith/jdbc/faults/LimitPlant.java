package io.forthwith.jdbc.faults;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/** A bug put into the statements about limits on their way to the database: the checks of a run must find it. */
enum LimitPlant {
    NONE("$^", ""),
    /** Two claims may count the same key at the same moment. */
    KEY_NOT_LOCKED(
            "(?s)(SELECT limit_key, used_until.*? FROM \"job_limit_key\" WHERE limit_key .*?) FOR UPDATE SKIP LOCKED",
            "$1"),
    /** A claim counts what was committed before it has locked the key. */
    COUNTED_BEFORE_LOCK("LEVEL READ COMMITTED", "LEVEL REPEATABLE READ"),
    /** Running jobs under several limits hold no permits. */
    SEVERAL_NOT_COUNTED(
            "UNION ALL SELECT limits, \\S+, 0 FROM \\(SELECT id, limits FROM \"job\" WHERE", "$0 1 = 0 AND"),
    /** A start uses up nothing of the rate. */
    RATE_FORGOTTEN("UPDATE \"job_limit_key\" SET used_until = \\? WHERE", "$0 1 = 0 AND"),
    /** Nobody is told that a permit is free. */
    NO_NOTES(
            "(?s)(INSERT INTO \"job_limit_note\" .*) VALUES \\((.*)\\)",
            "$1 SELECT $2 WHERE 1 = 0",
            "FROM settled WHERE limits <>",
            "FROM settled WHERE 1 = 0 AND limits <>"),
    /** A failed job that blocks its sequence is passed. */
    BLOCKING_PASSED(
            "(?s)(SELECT job\\.\\*, wanted_key, head\\.id.*) OR \\(status = 'failed' AND sequence_failure = 'block'\\)",
            "$1");

    /** What a process says when it has sent the first statement that is wrong. */
    static final String PLANTED = "PLANTED";

    private static final AtomicBoolean HAS_PLANTED = new AtomicBoolean();

    private final String right;
    private final String wrong;
    private final String alsoRight;
    private final String alsoWrong;

    LimitPlant(String right, String wrong) {
        this(right, wrong, "$^", "");
    }

    LimitPlant(String right, String wrong, String alsoRight, String alsoWrong) {
        this.right = right;
        this.wrong = wrong;
        this.alsoRight = alsoRight;
        this.alsoWrong = alsoWrong;
    }

    DataSource into(DataSource database) {
        return this == NONE ? database : proxy(DataSource.class, database);
    }

    /** The statement with the bug, or as it is if the bug concerns others. */
    String in(String statement) {
        return statement.replaceAll(right, wrong).replaceAll(alsoRight, alsoWrong);
    }

    private String planted(String statement) {
        String bad = in(statement);
        if (!bad.equals(statement) && !HAS_PLANTED.getAndSet(true)) {
            ChildWorker.say(PLANTED);
        }
        return bad;
    }

    private <T> T proxy(Class<T> type, T target) {
        return type.cast(Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Object[] given = arguments;
                    if (method.getName().equals("prepareStatement")) {
                        given = arguments.clone();
                        given[0] = planted((String) given[0]);
                    }
                    try {
                        Object answer = method.invoke(target, given);
                        return answer instanceof Connection connection ? proxy(Connection.class, connection) : answer;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
