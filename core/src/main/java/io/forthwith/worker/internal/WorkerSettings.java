package io.forthwith.worker.internal;

import io.forthwith.ErrorClassifier;
import io.forthwith.Processor.OnSilence;
import io.forthwith.Retention;
import io.forthwith.event.JobInterceptor;
import io.forthwith.event.JobListener;
import io.forthwith.json.internal.JobJson;
import io.forthwith.limit.Limit;
import io.forthwith.worker.internal.loop.Ticker;
import io.forthwith.worker.internal.report.Redaction;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The settings of a worker, which its builder has checked. Immutable. */
public record WorkerSettings(
        String name,
        String host,
        List<String> queues,
        int concurrency,
        Duration pollInterval,
        Duration lease,
        Duration gracePeriod,
        Locale locale,
        ErrorClassifier classifier,
        Redaction redaction,
        List<JobListener> listeners,
        JobInterceptor interceptor,
        JobJson json,
        Retention retention,
        boolean onlyRegisteredTypes,
        @Nullable Duration ageing,
        OnSilence onSilence,
        DeclaredSchedules schedules,
        List<Limit> limits,
        @Nullable Executor executor,
        Ticker ticker,
        RandomGenerator random) {

    WorkerSettings withConcurrency(int jobs) {
        return new WorkerSettings(
                name,
                host,
                queues,
                jobs,
                pollInterval,
                lease,
                gracePeriod,
                locale,
                classifier,
                redaction,
                listeners,
                interceptor,
                json,
                retention,
                onlyRegisteredTypes,
                ageing,
                onSilence,
                schedules,
                limits,
                executor,
                ticker,
                random);
    }
}
