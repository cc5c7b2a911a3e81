/** Metrics of jobs, queues, workers and the store, by Micrometer. */
@SuppressWarnings("requires-transitive-automatic") // Micrometer is not a named module
module io.forthwith.micrometer {
    requires transitive io.forthwith.core;
    requires transitive micrometer.core;
    requires static transitive org.jspecify;

    exports io.forthwith.micrometer;
}
