/** Pages that show jobs, queues, schedules and workers. */
module io.forthwith.dashboard {
    requires transitive io.forthwith.core;
    requires jdk.httpserver;
    requires org.slf4j;
    requires static jakarta.servlet;
    requires static transitive org.jspecify;

    exports io.forthwith.dashboard;
    exports io.forthwith.dashboard.servlet;
}
