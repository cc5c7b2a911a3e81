/** Jobs, the workers that run them and the interface that a store of jobs implements. */
@SuppressWarnings("module") // the other module is compiled later
module io.forthwith.core {
    requires static transitive org.jspecify;
    requires org.slf4j;
    requires transitive tools.jackson.databind;

    exports io.forthwith;
    exports io.forthwith.annotation;
    exports io.forthwith.client;
    exports io.forthwith.event;
    exports io.forthwith.insight;
    exports io.forthwith.internal to
            io.forthwith.dashboard,
            io.forthwith.jdbc,
            io.forthwith.micrometer,
            io.forthwith.opentelemetry,
            io.forthwith.store.kit;
    exports io.forthwith.internal.jackson to
            io.forthwith.jackson2;
    exports io.forthwith.json;
    exports io.forthwith.internal.job to
            io.forthwith.jdbc;
    exports io.forthwith.limit;
    exports io.forthwith.memory;
    exports io.forthwith.schedule;
    exports io.forthwith.store;
    exports io.forthwith.store.act;
    exports io.forthwith.store.count;
    exports io.forthwith.store.label;
    exports io.forthwith.store.limit;
    exports io.forthwith.store.rows;
    exports io.forthwith.store.rules to
            io.forthwith.dashboard,
            io.forthwith.jdbc,
            io.forthwith.store.kit;
    exports io.forthwith.store.rules.limit to
            io.forthwith.jdbc;
    exports io.forthwith.testing;
    exports io.forthwith.worker;
}
