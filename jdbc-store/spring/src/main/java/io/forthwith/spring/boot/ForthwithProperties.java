package io.forthwith.spring.boot;

import io.forthwith.NewJob;
import io.forthwith.spring.TransactionMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code forthwith.*}. Immutable.
 *
 * @param enabled Whether the library configures anything.
 * @param dataSource The name of the bean of the data source that leads to the jobs. Needed if there are several and none is primary.
 * @param schema What is done about the tables when the application starts.
 * @param databaseSchema The database's schema that holds the tables; by default that of the connection.
 * @param tablePrefix What the names of the tables begin with.
 * @param transaction In which transaction jobs are enqueued.
 * @param queryTimeout The time-out of one statement of the library.
 * @param labels Metadata by which people find jobs, up to five names.
 * @param worker The worker.
 * @param metrics The metrics.
 * @param tracing Traces of jobs.
 * @param dashboard The dashboard.
 */
@ConfigurationProperties("forthwith")
record ForthwithProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable String dataSource,
        @DefaultValue("migrate") SchemaAction schema,
        @Nullable String databaseSchema,
        @DefaultValue("") String tablePrefix,
        @DefaultValue("join") TransactionMode transaction,
        @DefaultValue("20s") Duration queryTimeout,
        @DefaultValue List<String> labels,
        @DefaultValue Worker worker,
        @DefaultValue Metrics metrics,
        @DefaultValue Tracing tracing,
        @DefaultValue Dashboard dashboard) {
    /**
     * The properties {@code forthwith.metrics.*}.
     *
     * @param enabled Whether jobs, queues, the worker and the store are measured, where Micrometer is.
     */
    public record Metrics(@DefaultValue("true") boolean enabled) {}

    /**
     * The properties {@code forthwith.worker.*}.
     *
     * @param enabled Whether this process runs jobs. If not, it can still enqueue them.
     * @param name The label of the worker in logs; by default "worker-" and the process id.
     * @param queues The queues whose jobs it runs.
     * @param concurrency How many jobs it runs at a time.
     * @param pollInterval How often it looks for jobs that no notification has announced, when it is idle.
     * @param lease How long after its last heartbeat other workers may take over its jobs.
     * @param gracePeriod How long running jobs may go on when the application stops.
     * @param onlyRegisteredTypes Whether it leaves jobs of types that it does not know to other workers instead of failing them.
     * @param ageing A job that has been due for this time counts as if it had one priority more; by default jobs run strictly by priority.
     * @param declarationOwner Whose the beans of type Schedule and Limit are; needed where several applications share the tables.
     * @param declarationVersion The version of this application: while two run side by side, the newer one says what a schedule or a limit is.
     * @param retention How long ended jobs are kept.
     */
    public record Worker(
            @DefaultValue("true") boolean enabled,
            @Nullable String name,
            @DefaultValue(NewJob.DEFAULT_QUEUE) List<String> queues,
            @DefaultValue("10") int concurrency,
            @DefaultValue("1s") Duration pollInterval,
            @DefaultValue("20s") Duration lease,
            @DefaultValue("20s") Duration gracePeriod,
            @DefaultValue("false") boolean onlyRegisteredTypes,
            @Nullable Duration ageing,
            @DefaultValue("default") String declarationOwner,
            @DefaultValue("0") long declarationVersion,
            @DefaultValue Retention retention) {}

    /**
     * The properties {@code forthwith.worker.retention.*}.
     *
     * @param completed How long completed and cancelled jobs are kept.
     * @param failed How long failed jobs are kept.
     * @param types Other times for single job types, by the names of the types.
     */
    public record Retention(
            @DefaultValue("7d") Duration completed,
            @DefaultValue("30d") Duration failed,
            @DefaultValue Map<String, OfType> types) {
        /**
         * The properties {@code forthwith.worker.retention.types.*}. What is missing is as for all types.
         *
         * @param completed How long completed and cancelled jobs of the type are kept.
         * @param failed How long failed jobs of the type are kept.
         */
        public record OfType(
                @Nullable Duration completed, @Nullable Duration failed) {}

        io.forthwith.Retention retention() {
            io.forthwith.Retention all =
                    io.forthwith.Retention.DEFAULT.completed(completed).failed(failed);
            io.forthwith.Retention times = all;
            for (Map.Entry<String, OfType> type : types.entrySet()) {
                OfType kept = type.getValue();
                all = all.type(
                        type.getKey(),
                        times.completed(kept.completed == null ? completed : kept.completed)
                                .failed(kept.failed == null ? failed : kept.failed));
            }
            return all;
        }
    }

    /**
     * The properties {@code forthwith.tracing.*}.
     *
     * @param enabled Whether jobs are traced, if there is an OpenTelemetry.
     */
    public record Tracing(@DefaultValue("true") boolean enabled) {}

    /**
     * The properties {@code forthwith.dashboard.*}.
     *
     * @param enabled Whether the dashboard is served. A bean of type DashboardAccess has to say who may see it.
     * @param path Where it is served, beneath the context path.
     * @param name A name for the store, shown on every page; by default "Forthwith".
     * @param publicOrigin Where browsers find it, if a proxy changes the header Host or the scheme: scheme, host and port.
     */
    public record Dashboard(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("/forthwith") String path,
            @Nullable String name,
            @DefaultValue List<String> publicOrigin) {}
}
