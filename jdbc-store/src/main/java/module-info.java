/** A job store in a relational database. */
module io.forthwith.jdbc {
    requires transitive io.forthwith.core;
    requires transitive java.sql;
    requires static transitive org.jspecify;
    requires org.slf4j;
    // For LISTEN and COPY only, where the host has it.
    requires static org.postgresql.jdbc;

    exports io.forthwith.jdbc;
}
