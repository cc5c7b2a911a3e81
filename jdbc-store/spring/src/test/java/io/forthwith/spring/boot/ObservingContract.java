package io.forthwith.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.forthwith.JobContext;
import io.forthwith.JobQuery;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.event.JobInterceptor;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.micrometer.JobMetrics;
import io.forthwith.opentelemetry.JobTracing;
import io.forthwith.spring.JobStoreCustomizer;
import io.forthwith.spring.SpringJobStore;
import io.forthwith.spring.WorkerLifecycle;
import io.forthwith.store.JobStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.BeanDefinitionCustomizer;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** How each starter lets jobs be observed: interceptors, metrics, traces. */
abstract class ObservingContract extends DashboardContract {
    /** Writes down what it is called for. */
    private static final class Named implements JobInterceptor {
        private final String name;
        private final List<String> calls;

        Named(String name, List<String> calls) {
            this.name = name;
            this.calls = calls;
        }

        @Override
        public NewJob onEnqueue(NewJob job) {
            calls.add(name + " enqueues");
            return job;
        }

        @Override
        public @Nullable Object around(JobContext context, Callable<@Nullable Object> attempt) throws Exception {
            calls.add(name + " begins in " + Span.current().getSpanContext().isValid());
            return attempt.call();
        }
    }

    @Test
    @DisplayName("gives its interceptors to the client and to the worker, in their order")
    void interceptors() {
        List<String> calls = new CopyOnWriteArrayList<>();
        withMailer()
                .withBean("inner", JobInterceptor.class, () -> new Named("inner", calls), ordered(2))
                .withBean("outer", JobInterceptor.class, () -> new Named("outer", calls), ordered(1))
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    jobs.await(enqueue(jobs), SOON);
                    assertThat(calls)
                            .containsExactly(
                                    "outer enqueues",
                                    "inner enqueues",
                                    "outer begins in false",
                                    "inner begins in false");
                });
    }

    private static BeanDefinitionCustomizer ordered(int order) {
        return bean -> bean.setAttribute(AbstractBeanDefinition.ORDER_ATTRIBUTE, order);
    }

    private ApplicationContextRunner traced(InMemorySpanExporter exported) {
        return withMailer()
                .withConfiguration(AutoConfigurations.of(openTelemetry()))
                .withBean(
                        SdkTracerProvider.class,
                        () -> SdkTracerProvider.builder()
                                .addSpanProcessor(SimpleSpanProcessor.create(exported))
                                .build());
    }

    private ApplicationContextRunner withMetrics() {
        return withMailer().withConfiguration(AutoConfigurations.of(metrics().toArray(Class<?>[]::new)));
    }

    static void awaitAttempt(MeterRegistry registry) {
        await().atMost(SOON)
                .until(() -> registry.find("forthwith.job.duration")
                                .tags("type", "mail", "outcome", "completed")
                                .timer()
                        != null);
    }

    private static long samplers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("forthwith-metrics"))
                .count();
    }

    @Test
    @DisplayName("measures its client and its worker if it has a registry, and stops that with the context")
    void metrics_of_jobs() {
        withMetrics().run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            JobClient jobs = context.getBean(JobClient.class);
            jobs.await(enqueue(jobs), SOON);
            awaitAttempt(registry);
            assertThat(registry.get("forthwith.jobs.enqueued")
                            .tags("queue", "default", "type", "mail")
                            .counter()
                            .count())
                    .isEqualTo(1);
            assertThat(registry.get("forthwith.worker.slots").gauge().value()).isEqualTo(10);
            await().atMost(SOON)
                    .until(() -> registry.find("forthwith.queue.due")
                                    .tag("queue", "default")
                                    .gauge()
                            != null);
            assertThat(context).hasSingleBean(JobMetrics.class).hasSingleBean(SpringJobStore.class);
            assertThat(samplers()).isEqualTo(1);
        });
        await().atMost(SOON).until(() -> samplers() == 0);
    }

    @Test
    @DisplayName(
            "measures its store once, also if it wraps it anew each time, and after its worker has stopped and started")
    void measured_once() {
        List<JobStore> wrapped = new CopyOnWriteArrayList<>();
        withMetrics()
                .withBean(JobStoreCustomizer.class, () -> store -> {
                    wrapped.add(store);
                    return forwarding(store);
                })
                .run(context -> {
                    WorkerLifecycle worker = context.getBean(WorkerLifecycle.class);
                    worker.stop();
                    worker.start();
                    assertThat(wrapped).as("client and workers").hasSize(3);
                    context.getBean(JobClient.class)
                            .enqueue(NewJob.of(MAIL, new Mail("Ada")).queue("elsewhere"));
                    MeterRegistry registry = context.getBean(MeterRegistry.class);
                    await().atMost(SOON)
                            .until(() -> registry.find("forthwith.queue.due")
                                            .tag("queue", "elsewhere")
                                            .gauge()
                                    != null);
                    assertThat(registry.get("forthwith.queue.due")
                                    .tag("queue", "elsewhere")
                                    .gauge()
                                    .value())
                            .isEqualTo(1);
                    assertThat(wrapped)
                            .allSatisfy(each -> assertThat(each).isSameAs(wrapped.get(0)))
                            .first()
                            .asString()
                            .startsWith("observed");
                });
    }

    /** Another store each time, over the same jobs. */
    private static JobStore forwarding(JobStore store) {
        return (JobStore) Proxy.newProxyInstance(
                JobStore.class.getClassLoader(), new Class<?>[] {JobStore.class}, (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class
                            && method.getName().equals("equals")) {
                        return proxy == arguments[0];
                    }
                    return method.invoke(store, arguments);
                });
    }

    @Test
    @DisplayName("takes part in transactions also when it is measured")
    void measured_transactions() {
        withMetrics().withPropertyValues("forthwith.worker.enabled=false").run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            new TransactionTemplate(context.getBean(PlatformTransactionManager.class)).executeWithoutResult(status -> {
                enqueue(jobs);
                status.setRollbackOnly();
            });
            assertThat(jobs.countByScan(JobQuery.all())).isZero();
        });
    }

    @Test
    @DisplayName(
            "traces its jobs by the OpenTelemetry of Spring Boot, also those of its transactions, around its interceptors")
    void traced() {
        InMemorySpanExporter exported = InMemorySpanExporter.create();
        List<String> calls = new CopyOnWriteArrayList<>();
        traced(exported)
                .withBean(JobInterceptor.class, () -> new Named("own", calls))
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    Span request = context.getBean(OpenTelemetry.class)
                            .getTracer("test")
                            .spanBuilder("POST /orders")
                            .startSpan();
                    try (Scope scope = request.makeCurrent()) {
                        new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
                                .executeWithoutResult(status -> enqueue(jobs));
                    }
                    await().atMost(SOON)
                            .until(() -> exported.getFinishedSpanItems().size() == 2);
                    SpanData enqueued = exported.getFinishedSpanItems().get(0);
                    SpanData processed = exported.getFinishedSpanItems().get(1);
                    assertThat(enqueued.getName()).isEqualTo("enqueue default");
                    assertThat(enqueued.getParentSpanId())
                            .isEqualTo(request.getSpanContext().getSpanId());
                    assertThat(processed.getName()).isEqualTo("process default");
                    assertThat(processed.getLinks())
                            .extracting(link -> link.getSpanContext().getSpanId())
                            .containsExactly(enqueued.getSpanId());
                    assertThat(calls).containsExactly("own enqueues", "own begins in true");
                });
    }

    @Test
    @DisplayName("is not traced if that is switched off, or if there is no OpenTelemetry, or no way to choose one")
    void not_traced() {
        InMemorySpanExporter exported = InMemorySpanExporter.create();
        ApplicationContextRunner traced = traced(exported);
        traced.run(context -> assertThat(context).hasSingleBean(JobTracing.class));
        for (ApplicationContextRunner without : List.of(
                withMailer(),
                traced.withPropertyValues("forthwith.tracing.enabled=false"),
                withMailer().withClassLoader(new FilteredClassLoader("io.opentelemetry")),
                traced.withClassLoader(new FilteredClassLoader(JobTracing.class)),
                withMailer()
                        .withBean("one", OpenTelemetry.class, OpenTelemetry::noop)
                        .withBean("two", OpenTelemetry.class, OpenTelemetry::noop))) {
            without.run(context -> {
                assertThat(context).hasNotFailed();
                assertThat(context.getBeanNamesForType(JobInterceptor.class)).isEmpty();
                JobClient jobs = context.getBean(JobClient.class);
                assertThat(jobs.awaitResult(enqueue(jobs), String.class, SOON)).contains("sent to Ada");
            });
        }
        assertThat(exported.getFinishedSpanItems()).isEmpty();
        traced.withPropertyValues("forthwith.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(JobTracing.class));
    }

    @Test
    @DisplayName("uses its own JobTracing instead of the library's")
    void own_tracing() {
        InMemorySpanExporter exported = InMemorySpanExporter.create();
        traced(exported).withUserConfiguration(OwnTracing.class).run(context -> {
            assertThat(context).hasSingleBean(JobTracing.class);
            JobClient jobs = context.getBean(JobClient.class);
            jobs.await(enqueue(jobs), SOON);
            assertThat(exported.getFinishedSpanItems().stream().map(SpanData::getTraceId))
                    .hasSize(2)
                    .as("one trace")
                    .containsOnly(exported.getFinishedSpanItems().get(0).getTraceId());
        });
    }

    @Test
    @DisplayName("puts its own JobTracing around its interceptors too, unless that has an order")
    void order_of_own_tracing() {
        assertThat(callsOf(traced(InMemorySpanExporter.create()).withUserConfiguration(OwnTracing.class)))
                .containsExactly("own enqueues", "own begins in true");
        assertThat(callsOf(traced(InMemorySpanExporter.create()).withUserConfiguration(LastTracing.class)))
                .containsExactly("own enqueues", "own begins in false");
        assertThat(callsOf(withMailer()
                        .withBean("two", OpenTelemetry.class, OpenTelemetry::noop)
                        .withBean(
                                "one",
                                OpenTelemetry.class,
                                () -> OpenTelemetrySdk.builder().build())
                        .withBean(
                                JobTracing.class,
                                () -> JobTracing.of(OpenTelemetrySdk.builder()
                                        .setTracerProvider(
                                                SdkTracerProvider.builder().build())
                                        .build()))))
                .as("of several OpenTelemetry beans")
                .containsExactly("own enqueues", "own begins in true");
    }

    /** What an interceptor, which is declared before the tracing and has no order, writes down about one job. */
    private List<String> callsOf(ApplicationContextRunner traced) {
        List<String> calls = new CopyOnWriteArrayList<>();
        traced.withInitializer(context -> ((GenericApplicationContext) context)
                        .registerBean("aaa", JobInterceptor.class, () -> new Named("own", calls)))
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    jobs.await(enqueue(jobs), SOON);
                });
        return calls;
    }

    @Configuration(proxyBeanMethods = false)
    static class LastTracing {
        @Bean
        @Order(Ordered.LOWEST_PRECEDENCE)
        JobTracing tracing(OpenTelemetry openTelemetry) {
            return JobTracing.of(openTelemetry);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnTracing {
        @Bean
        JobTracing tracing(OpenTelemetry openTelemetry) {
            return JobTracing.of(openTelemetry).childOfProducer();
        }
    }

    @Test
    @DisplayName(
            "measures nothing without Micrometer, without a registry, with several that are equal, or if it is told not to")
    void no_metrics() {
        withMetrics()
                .withClassLoader(new FilteredClassLoader("io.micrometer.core"))
                .run(this::runsWithoutMetrics);
        withMailer().run(this::runsWithoutMetrics);
        withMailer()
                .withBean("one", MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean("two", MeterRegistry.class, SimpleMeterRegistry::new)
                .run(this::runsWithoutMetrics);
        withMetrics().withPropertyValues("forthwith.metrics.enabled=false").run(this::runsWithoutMetrics);
        withMetrics()
                .withPropertyValues("forthwith.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("jobMetrics"));
    }

    private void runsWithoutMetrics(AssertableApplicationContext context) throws Exception {
        assertThat(context).hasNotFailed().doesNotHaveBean("jobMetrics").doesNotHaveBean(JobStoreCustomizer.class);
        JobClient jobs = context.getBean(JobClient.class);
        assertThat(jobs.awaitResult(enqueue(jobs), String.class, SOON)).contains("sent to Ada");
    }

    @Test
    @DisplayName("uses metrics of its own")
    void own_metrics() {
        MeterRegistry other = new SimpleMeterRegistry();
        withMetrics().withBean(JobMetrics.class, () -> JobMetrics.of(other)).run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            jobs.await(enqueue(jobs), SOON);
            awaitAttempt(other);
            assertThat(context.getBean(MeterRegistry.class)
                            .find("forthwith.jobs.enqueued")
                            .meters())
                    .isEmpty();
        });
        withMailer()
                .withBean("one", MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean("two", MeterRegistry.class, SimpleMeterRegistry::new)
                .withBean(JobMetrics.class, () -> JobMetrics.of(new SimpleMeterRegistry()))
                .run(context -> assertThat(context)
                        .as("also if there is no way to choose a registry")
                        .hasSingleBean(JobMetrics.class)
                        .hasSingleBean(JobStoreCustomizer.class));
    }

    /** Two that wrap the store, the second one around the first. */
    @Configuration(proxyBeanMethods = false)
    static class Wrapping {
        static final List<String> WRAPPED = new CopyOnWriteArrayList<>();

        @Bean
        @Order(2)
        JobStoreCustomizer outer() {
            return store -> {
                WRAPPED.add("outer of " + store.getClass().getSimpleName());
                return new InMemoryJobStore();
            };
        }

        @Bean
        @Order(1)
        JobStoreCustomizer inner() {
            return store -> {
                WRAPPED.add("inner of " + store.getClass().getSimpleName());
                return new InMemoryJobStore();
            };
        }
    }

    @Test
    @DisplayName("gives its client and its worker the store that its customizers have made, one after the other")
    void wrapped_store() {
        Wrapping.WRAPPED.clear();
        withMailer().withUserConfiguration(Wrapping.class).run(context -> {
            assertThat(Wrapping.WRAPPED)
                    .as("once for the client, once for the worker")
                    .containsExactly(
                            "inner of SpringJobStore",
                            "outer of InMemoryJobStore",
                            "inner of SpringJobStore",
                            "outer of InMemoryJobStore");
            enqueue(context.getBean(JobClient.class));
            assertThat(context.getBean(JobStore.class).countByScan(JobQuery.all()))
                    .isZero();
        });
    }
}
