package io.forthwith.jdbc;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * Hands out connections in a given state, writes down what is run on them, and looks at them when they come back. Or loses answers,
 * when asked to. Thread-safe.
 */
public final class WatchedDataSource implements DataSource {
    private final DataSource database;
    private final SetUp setUp;
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<String> statements = new CopyOnWriteArrayList<>();
    private final ThreadLocal<List<String>> statementsHere = ThreadLocal.withInitial(ArrayList::new);
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger lent = new AtomicInteger();
    private final AtomicInteger aborted = new AtomicInteger();
    private final ThreadLocal<Integer> openHere = ThreadLocal.withInitial(() -> 0);
    private final ThreadLocal<String> loseAnswerTo = ThreadLocal.withInitial(() -> "");

    /** Puts a connection in the state in which it is handed out. */
    public interface SetUp {
        void on(Connection connection) throws SQLException;
    }

    public WatchedDataSource(DataSource database, SetUp setUp) {
        this.database = database;
        this.setUp = setUp;
    }

    /** What was wrong with connections that came back. */
    List<String> complaints() {
        return complaints;
    }

    /** How often a connection was handed out. */
    int lent() {
        return lent.get();
    }

    int open() {
        return open.get();
    }

    /** How many connections were cut. */
    int aborted() {
        return aborted.get();
    }

    /** What was executed, in order. */
    public List<String> statements() {
        return statements;
    }

    /** What was executed by this thread, in order: without the notification that another thread sends when jobs were added. */
    List<String> statementsHere() {
        return statementsHere.get();
    }

    private void executed(String statement) {
        statements.add(statement);
        statementsHere.get().add(statement);
    }

    long statements(String part) {
        return statements.stream().filter(each -> each.contains(part)).count();
    }

    /**
     * The next call of a method with this name on a connection or statement by this thread, or the next run of a statement with this text in
     * it, is made, but looks like a broken connection.
     */
    void loseAnswerTo(String methodOrText) {
        loseAnswerTo.set(methodOrText);
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = database.getConnection();
        setUp.on(connection);
        lent.incrementAndGet();
        open.incrementAndGet();
        openHere.set(openHere.get() + 1);
        if (openHere.get() > 1) {
            complaints.add("a thread borrowed a second connection while it used the first");
        }
        return watched(connection, state(connection));
    }

    private Connection watched(Connection connection, String before) {
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close") && !connection.isClosed()) {
                        open.decrementAndGet();
                        openHere.set(openHere.get() - 1);
                        String after = state(connection);
                        if (!after.equals(before)) {
                            complaints.add("lent as " + before + ", came back as " + after);
                        }
                    }
                    if (method.getName().equals("abort")) {
                        aborted.incrementAndGet();
                    }
                    if (method.getName().equals("commit")) {
                        executed("COMMIT");
                    }
                    Object answer = call(connection, method, arguments);
                    if (answer instanceof PreparedStatement statement) {
                        return watched(statement, (String) arguments[0]);
                    }
                    return answer instanceof Statement statement
                            ? committing(statement)
                            : losing(method.getName(), answer);
                });
    }

    /** On PostgreSQL the store commits by a statement. */
    private Statement committing(Statement statement) {
        return (Statement) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Statement.class}, (proxy, method, arguments) -> {
                    boolean isCommit = method.getName().equals("execute") && arguments[0].equals("COMMIT");
                    if (isCommit) {
                        executed("COMMIT");
                    }
                    return losing(isCommit ? "commit" : method.getName(), call(statement, method, arguments));
                });
    }

    private PreparedStatement watched(PreparedStatement statement, String sql) {
        return (PreparedStatement) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {PreparedStatement.class}, (proxy, method, arguments) -> {
                    String name = method.getName();
                    if (name.startsWith("execute")) {
                        executed(sql);
                        if (!loseAnswerTo.get().isEmpty() && sql.contains(loseAnswerTo.get())) {
                            name = loseAnswerTo.get();
                        }
                    }
                    return losing(name, call(statement, method, arguments));
                });
    }

    private Object losing(String method, Object answer) throws SQLException {
        if (method.equals(loseAnswerTo.get())) {
            loseAnswerTo.set("");
            throw new SQLException("The answer was lost", "08006");
        }
        return answer;
    }

    private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static String state(Connection connection) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        String state = "auto-commit " + autoCommit + ", isolation " + connection.getTransactionIsolation()
                + ", read-only " + connection.isReadOnly() + ", network time-out " + connection.getNetworkTimeout();
        try (Statement statement = connection.createStatement()) {
            state += ", query time-out " + statement.getQueryTimeout();
        }
        if (!autoCommit) {
            connection.rollback();
        }
        return state;
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("Nothing to unwrap");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
