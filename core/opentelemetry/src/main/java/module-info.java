/** Traces of jobs, by OpenTelemetry. */
@SuppressWarnings(
        "requires-transitive-automatic") // its types are in the API here, and no version of it is a named module
module io.forthwith.opentelemetry {
    requires transitive io.forthwith.core;
    requires transitive io.opentelemetry.api;
    requires io.opentelemetry.context;
    requires static transitive org.jspecify;

    exports io.forthwith.opentelemetry;
}
