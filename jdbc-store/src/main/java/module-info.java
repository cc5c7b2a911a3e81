/** A job store in a relational database. */
module io.forthwith.jdbc {
    requires transitive io.forthwith.core;
    requires transitive java.sql;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports io.forthwith.jdbc;
}
