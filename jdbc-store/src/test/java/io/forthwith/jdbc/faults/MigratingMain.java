package io.forthwith.jdbc.faults;

import io.forthwith.jdbc.JdbcSchema;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** A process that migrates on command: its arguments are a URL and a user. */
final class MigratingMain {
    private MigratingMain() {}

    public static void main(String[] args) throws Exception {
        System.out.println("READY");
        if (System.in.read() >= 0) {
            try {
                JdbcSchema.migrate(new Plain(args[0], args[1]));
                System.out.println("DONE");
            } catch (RuntimeException failed) {
                failed.printStackTrace();
                System.out.println("DONE, but " + failed);
            }
        }
    }

    private record Plain(String url, String user) implements DataSource {
        @Override
        public Connection getConnection() throws SQLException {
            return DriverManager.getConnection(url, user, "");
        }

        @Override
        public Connection getConnection(String name, String password) throws SQLException {
            return DriverManager.getConnection(url, name, password);
        }

        @Override
        public PrintWriter getLogWriter() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setLogWriter(PrintWriter out) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void setLoginTimeout(int seconds) {
            throw new UnsupportedOperationException();
        }

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
            throw new SQLException("wraps nothing");
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }
    }
}
