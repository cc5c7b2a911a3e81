package io.forthwith.jdbc.faults;

import io.forthwith.jdbc.AnswerSwallowingProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import javax.sql.DataSource;
import org.mariadb.jdbc.MariaDbDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A database server that really writes to disk, keeps its port and its data, and can be killed and started again. */
interface DurableServer {
    /** Connections of their own, without a pool: what the server refuses is refused at once. */
    static DataSource at(String url) {
        if (url.startsWith("jdbc:mariadb:")) {
            try {
                return new MariaDbDataSource(url);
            } catch (SQLException malformed) {
                throw new IllegalArgumentException(malformed);
            }
        }
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setURL(url);
        return database;
    }

    /** A database of its own, with the schema and a record of every transition; its URL. */
    String newDatabase();

    /** As a power cut would. */
    void kill() throws Exception;

    /** Starts it where {@link #kill} left it, if it did. */
    void restart() throws IOException;

    /** A way to it on which things can go wrong. */
    AnswerSwallowingProxy proxy() throws IOException;

    /** The URL of a database by way of a proxy, which can tell by the texts of statements what is sent. */
    String through(AnswerSwallowingProxy proxy, String url);

    /** What is in those texts that make changes durable: commits, claims, settlements and heartbeats. */
    List<String> lasting();

    /**
     * The statements that make the table {@code ledger}, in which jobs note when they begin and end, and the table {@code
     * burial}, in which it is noted when somebody ends a lease that is good. What was noted of a job is deleted with it.
     */
    List<String> ledger();

    /** Ends about half of the sessions on a database. */
    void terminateSome(String url, Random random);

    /** Takes no more changes to a database, or takes them again. Sessions that are there may go on as before. */
    void setReadOnly(String url, boolean isReadOnly) throws SQLException;

    /** The name of the database in a URL. */
    static String nameIn(String url) {
        return url.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
    }

    /** The URL with another port and further settings. */
    static String with(String url, int port, String settings) {
        return url.replaceFirst(":\\d+/", ":" + port + "/") + (url.contains("?") ? "&" : "?") + settings;
    }

    /** A port without a listener. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
