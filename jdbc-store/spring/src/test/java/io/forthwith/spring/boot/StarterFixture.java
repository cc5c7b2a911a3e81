package io.forthwith.spring.boot;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.json.JobCodec;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Applications with a starter, and a job that they run. Each instance has a database of its own. */
abstract class StarterFixture {
    static final Duration SOON = Duration.ofMinutes(1);

    /** An input whose field has two words. */
    record Mail(String sentTo) {}

    static final JobType<Mail> MAIL = JobType.of("mail", Mail.class);

    static class Mailer extends BaseProcessor<Mail, String> {
        Mailer() {
            super(MAIL);
        }

        @Override
        protected String process(Mail mail, JobContext job) {
            return "sent to " + mail.sentTo();
        }
    }

    static final JobCodec CODEC = new JobCodec() {
        @Override
        public String write(Object value) {
            return "{}";
        }

        @Override
        public Object read(String json, Type type) {
            return json;
        }
    };

    final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";

    /** All auto-configurations that such an application has: ours, and those of Spring Boot. */
    protected abstract List<Class<?>> configurations();

    /** Those that give an application a registry of meters. */
    protected abstract List<Class<?>> metrics();

    /** The application, with nothing configured but where its database is. */
    ApplicationContextRunner application() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(configurations().toArray(Class<?>[]::new)))
                .withPropertyValues("spring.datasource.url=" + url, "spring.datasource.username=sa");
    }

    /** Without what Spring Boot configures. */
    ApplicationContextRunner ours() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(configurations().stream()
                        .filter(each -> each.getName().startsWith("io.forthwith"))
                        .toArray(Class<?>[]::new)));
    }

    ApplicationContextRunner withMailer() {
        return application().withBean(Mailer.class);
    }

    static UUID enqueue(JobClient jobs) {
        return jobs.enqueue(NewJob.of(MAIL, new Mail("Ada"))).id();
    }

    /** The status and the details of the health indicator, as Spring Boot shows them. */
    protected abstract String healthOf(org.springframework.context.ApplicationContext context);

    /** The auto-configuration of this generation that makes an OpenTelemetry. */
    protected abstract Class<?> openTelemetry();

    /** The mapper that this generation of Spring Boot has, as it is by default. */
    protected abstract Object mapper();

    /** One with which a row could name a class to load. */
    protected abstract Object mapperWithDefaultTyping();
}
