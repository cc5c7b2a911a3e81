package io.forthwith.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.Job;
import io.forthwith.JobContext;
import io.forthwith.JobException;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.RetryPolicy;
import io.forthwith.ReturningJobType;
import io.forthwith.TypeRef;
import io.forthwith.client.JobClient;
import io.forthwith.schedule.StoredSchedule;
import io.forthwith.spring.JobHandler;
import io.forthwith.spring.Recurring;
import io.forthwith.worker.ProcessorRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Scope;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.javapoet.ClassName;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Methods of beans that run jobs. */
abstract class HandlerContract extends StarterFixture {
    record Purchase(String number, List<String> lines) {}

    private static final ReturningJobType<Purchase, String> ORDER =
            JobType.of("order", Purchase.class).returning(String.class);

    static class Orders {
        private final JobClient jobs;

        Orders(JobClient jobs, ProcessorRegistry itself) {
            this.jobs = jobs;
            assertThat(itself).isNotNull();
        }

        @JobHandler("order")
        String both(Purchase order, JobContext job) {
            return order.number() + " " + order.lines().get(0) + " attempt " + job.attempt();
        }

        @SuppressWarnings("UnusedMethod") // a job calls it
        @JobHandler("count")
        private int inputOnly(List<Purchase> orders) {
            return orders.stream().mapToInt(order -> order.lines().size()).sum();
        }

        @JobHandler("whoami")
        String contextOnly(JobContext job) {
            return job.job().type();
        }

        @JobHandler("nothing")
        void nothing() {
            assertThat(jobs).isNotNull();
        }

        @JobHandler("picky")
        void picky(Purchase order) throws Exception {
            throw JobException.user("no_stock", "Sold out: " + order.number());
        }
    }

    @Test
    @DisplayName("runs the methods of beans that are annotated, with the parameters that they have")
    void handlers() {
        application().withBean(Orders.class).run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            Purchase order = new Purchase("4711", List.of("lamp", "chair"));

            assertThat(jobs.run(ORDER, order, SOON)).contains("4711 lamp attempt 1");
            NewJob count = NewJob.of(JobType.of("count", new TypeRef<List<Purchase>>() {}), List.of(order, order));
            assertThat(jobs.awaitResult(jobs.enqueue(count).id(), Integer.class, SOON))
                    .contains(4);
            assertThat(jobs.run(JobType.of("whoami").returning(String.class), SOON))
                    .contains("whoami");
            assertThat(jobs.run(JobType.of("nothing").returning(String.class), SOON))
                    .isEmpty();
            assertThat(context.getBean(ProcessorRegistry.class).types())
                    .containsExactly("count", "nothing", "order", "picky", "whoami");
        });
    }

    @Test
    @DisplayName("an exception of such a method is that of the job")
    void handlers_that_throw() {
        application().withBean(Orders.class).run(context -> {
            JobClient jobs = context.getBean(JobClient.class);
            UUID id = jobs.enqueue(NewJob.of(JobType.of("picky", Purchase.class), new Purchase("4711", List.of())))
                    .id();
            Job failed = jobs.await(id, SOON).orElseThrow();
            assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
            assertThat(failed.errorMessage()).isEqualTo("Sold out: 4711");
            assertThat(failed.errorCode()).isEqualTo("no_stock");
        });
    }

    interface Ledger {
        @JobHandler("book")
        boolean book();
    }

    @EnableTransactionManagement
    static class Proxied {
        @Bean
        Ledger ledger() {
            return new TransactionalLedger();
        }
    }

    static class TransactionalLedger implements Ledger {
        @Override
        @Transactional
        public boolean book() {
            return TransactionSynchronizationManager.isActualTransactionActive();
        }
    }

    @Test
    @DisplayName("calls a method through the proxy of its bean")
    void handlers_behind_proxies() {
        for (String byClass : List.of("true", "false")) {
            application()
                    .withUserConfiguration(Proxied.class)
                    .withPropertyValues("spring.aop.proxy-target-class=" + byClass)
                    .run(context -> assertThat(context.getBean(JobClient.class)
                                    .run(JobType.of("book").returning(Boolean.class), SOON))
                            .contains(true));
        }
    }

    abstract static class Importer<T> {
        @JobHandler("${importer.type}")
        String load(T input) {
            return input.getClass().getSimpleName() + " " + input;
        }
    }

    static class MailImporter extends Importer<Mail> {}

    @Test
    @DisplayName("finds the input of a method that a generic class declares, and its name in a property")
    void generic_handlers() {
        application()
                .withBean(MailImporter.class)
                .withPropertyValues("importer.type=import-mail")
                .run(context -> assertThat(context.getBean(JobClient.class)
                                .run(
                                        JobType.of("import-mail", Mail.class).returning(String.class),
                                        new Mail("Ada"),
                                        SOON))
                        .contains("Mail Mail[sentTo=Ada]"));
    }

    static class Settings {
        @JobHandler(value = "slow", formerly = "sluggish", timeLimit = "${slow.limit}", retryPolicy = "threeTimes")
        void slow() throws InterruptedException {
            new CountDownLatch(1).await();
        }

        @Bean
        RetryPolicy threeTimes() {
            return RetryPolicy.fixed(Duration.ofMillis(1)).maxAttempts(3);
        }
    }

    @Test
    @DisplayName("a method has the time limit, the retry policy and the former names that it names")
    void settings_of_handlers() {
        application()
                .withUserConfiguration(Settings.class)
                .withPropertyValues("slow.limit=50ms")
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    UUID id = jobs.enqueue(NewJob.of(JobType.of("sluggish"))).id();
                    Job failed = jobs.await(id, SOON).orElseThrow();
                    assertThat(failed.errorCode()).isEqualTo("time_limit");
                    assertThat(context.getBean(ProcessorRegistry.class).types()).contains("slow", "sluggish");
                });
    }

    static class Clockwork {
        private final CompletableFuture<String> ticked = new CompletableFuture<>();

        @Recurring(name = "tick", every = "1s")
        void tick(JobContext job) {
            ticked.complete(job.job().type());
        }

        @JobHandler("report")
        @Recurring(name = "nightly", cron = "${nightly}", zone = "Europe/Berlin")
        void report() {}

        @Recurring(name = "never", cron = Recurring.DISABLED)
        void never() {}
    }

    @Test
    @DisplayName("a recurring method is a schedule, and runs")
    void recurring_methods() {
        application()
                .withBean(Clockwork.class)
                .withPropertyValues("nightly=0 3 * * *")
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    assertThat(context.getBean(Clockwork.class).ticked.get(1, TimeUnit.MINUTES))
                            .isEqualTo("tick");
                    Map<String, StoredSchedule> stored =
                            jobs.schedules().list().collect(Collectors.toMap(StoredSchedule::name, each -> each));
                    assertThat(stored).containsOnlyKeys("nightly", "tick");
                    assertThat(stored.get("nightly").definition().cron()).isEqualTo("0 3 * * *");
                    assertThat(stored.get("nightly").definition().zone()).isEqualTo("Europe/Berlin");
                    assertThat(stored.get("nightly").definition().type()).isEqualTo("report");
                    assertThat(stored.get("tick").definition().period()).isEqualTo("PT1S");
                });
    }

    static class Static {
        @JobHandler("wrong")
        static void run() {}
    }

    static class TwoInputs {
        @JobHandler("wrong")
        void run(String one, String two) {}
    }

    static class TwoContexts {
        @JobHandler("wrong")
        void run(JobContext one, JobContext two) {}
    }

    static class Later {
        @JobHandler("wrong")
        CompletableFuture<String> run() {
            return new CompletableFuture<>();
        }
    }

    static class Named {
        @JobHandler("no name")
        void run() {}
    }

    static class Unresolved {
        @JobHandler("${who.knows}")
        void run() {}
    }

    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    @Component
    static class Prototype {
        @JobHandler("wrong")
        void run() {}
    }

    static class Raw<T> {
        @JobHandler("wrong")
        void run(T input) {}
    }

    static class Limited {
        @JobHandler(value = "wrong", timeLimit = "soon")
        void run() {}
    }

    static class ForEver {
        @JobHandler(value = "wrong", timeLimit = "1000d")
        void run() {}
    }

    static class Policy {
        @JobHandler(value = "wrong", retryPolicy = "nobody")
        void run() {}
    }

    static class WithInput {
        @Recurring(name = "wrong", cron = "@daily")
        void run(String input) {}
    }

    static class Timeless {
        @Recurring(name = "wrong")
        void run() {}
    }

    static class TwoTimes {
        @Recurring(name = "wrong", cron = "@daily", every = "1h")
        void run() {}
    }

    static class Cron {
        @Recurring(name = "wrong", cron = "at noon")
        void run() {}
    }

    static class Zone {
        @Recurring(name = "wrong", cron = "@daily", zone = "Mars/Olympus")
        void run() {}
    }

    static class Twice {
        @JobHandler("mail")
        void run() {}
    }

    interface Shape {}

    static class Unreadable {
        @JobHandler("wrong")
        void run(Shape input) {}
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of(Static.class, "Static.run cannot run jobs: a method that runs jobs is not static"),
                Arguments.of(TwoInputs.class, "the input, a JobContext, both or none"),
                Arguments.of(TwoContexts.class, "the input, a JobContext, both or none"),
                Arguments.of(
                        Later.class,
                        "returns a CompletableFuture, but the job ends when the method returns: wait for the result, and return that"),
                Arguments.of(Named.class, "Named.run cannot run jobs: Job type"),
                Arguments.of(Unresolved.class, "who.knows"),
                Arguments.of(Prototype.class, "is no singleton"),
                Arguments.of(Raw.class, "nothing says what its input T is"),
                Arguments.of(Limited.class, "Limited.run cannot run jobs: 'soon' is not a valid"),
                Arguments.of(ForEver.class, "at most 365 days"),
                Arguments.of(Policy.class, "nobody"),
                Arguments.of(WithInput.class, "a @Recurring method has no input"),
                Arguments.of(Timeless.class, "give one of cron and every"),
                Arguments.of(TwoTimes.class, "give one of cron and every"),
                Arguments.of(Cron.class, "Cron.run cannot run jobs: "),
                Arguments.of(Zone.class, "Mars/Olympus"),
                Arguments.of(Twice.class, "Job type mail has a processor already"),
                Arguments.of(Unreadable.class, "annotate Shape"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    @DisplayName("does not start with a method that cannot run jobs, and says which and why")
    void wrong_handlers(Class<?> bean, String why) {
        withMailer()
                .withBean(bean)
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining(why)
                        .hasStackTraceContaining(
                                bean == Unreadable.class ? "job type wrong" : bean.getName() + ".run cannot run jobs"));
    }

    @Test
    @DisplayName("adds its methods to a registry of the application's own, and refuses a type that this has")
    void handlers_beside_an_own_registry() {
        ProcessorRegistry own = ProcessorRegistry.of().with(JobType.of("own"), (none, job) -> "by lambda");
        application()
                .withBean(ProcessorRegistry.class, () -> own)
                .withBean(Clockwork.class)
                .withPropertyValues("nightly=-")
                .run(context -> {
                    JobClient jobs = context.getBean(JobClient.class);
                    assertThat(jobs.run(JobType.of("own").returning(String.class), SOON))
                            .contains("by lambda");
                    assertThat(jobs.run(JobType.of("report").returning(String.class), SOON))
                            .isEmpty();
                });
        application()
                .withBean(ProcessorRegistry.class, () -> own.with(JobType.of("mail"), (none, job) -> null))
                .withBean(Twice.class)
                .run(context -> assertThat(context)
                        .getFailure()
                        .hasStackTraceContaining("Job type mail has a processor already"));
    }

    @Test
    @DisplayName("tells a native image of its methods, of their inputs and of their results")
    void hints_of_handlers() throws Exception {
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerBeanDefinition("orders", new RootBeanDefinition(Orders.class));
        DefaultGenerationContext generation = new DefaultGenerationContext(
                new ClassNameGenerator(ClassName.get(HandlerContract.class)), new InMemoryGeneratedFiles());

        SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
                .load(BeanRegistrationAotProcessor.class)
                .stream()
                .filter(ProcessorHints.class::isInstance)
                .findFirst()
                .orElseThrow()
                .processAheadOfTime(RegisteredBean.of(beans, "orders"))
                .applyTo(generation, null);

        assertThat(generation
                        .getRuntimeHints()
                        .reflection()
                        .getTypeHint(Orders.class)
                        .methods())
                .anySatisfy(method -> {
                    assertThat(method.getName()).isEqualTo("both");
                    assertThat(method.getMode()).isEqualTo(ExecutableMode.INVOKE);
                });
        assertThat(RuntimeHintsPredicates.reflection().onType(Purchase.class)).accepts(generation.getRuntimeHints());
    }
}
