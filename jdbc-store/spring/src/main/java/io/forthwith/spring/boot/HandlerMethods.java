package io.forthwith.spring.boot;

import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.Processor;
import io.forthwith.RetryPolicy;
import io.forthwith.TypeRef;
import io.forthwith.schedule.Schedule;
import io.forthwith.spring.JobHandler;
import io.forthwith.spring.Recurring;
import io.forthwith.worker.ProcessorRegistry;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The methods of beans that are a {@link JobHandler} or {@link Recurring}. It looks at the types of the beans only: none is made before its first job, so a bean with
 * such a method may need the registry or the worker. Thread-safe.
 */
final class HandlerMethods {
    private static final List<Class<?>> WITHOUT_RESULT_YET =
            List.of(Future.class, CompletionStage.class, Flow.Publisher.class);

    private final ConfigurableListableBeanFactory beans;
    private final List<Handler> handlers = new ArrayList<>();
    private final List<Schedule> schedules = new ArrayList<>();
    private volatile @Nullable ProcessorRegistry complete;

    HandlerMethods(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
        for (String bean : beans.getBeanNamesForType(Object.class, true, false)) {
            Class<?> type =
                    ScopedProxyUtils.isScopedTarget(bean) ? null : AutoProxyUtils.determineTargetClass(beans, bean);
            if (type != null) {
                for (Method method : annotated(type)) {
                    add(bean, type, method);
                }
            }
        }
    }

    /** The methods of a class that run jobs. */
    static List<Method> annotated(Class<?> type) {
        if (!AnnotationUtils.isCandidateClass(type, List.of(JobHandler.class, Recurring.class))) {
            return List.of();
        }
        return List.copyOf(MethodIntrospector.selectMethods(type, (ReflectionUtils.MethodFilter)
                method -> AnnotatedElementUtils.hasAnnotation(method, JobHandler.class)
                        || AnnotatedElementUtils.hasAnnotation(method, Recurring.class)));
    }

    /** The type of the input that a method takes; {@link Void} for none. */
    static Type inputOf(Class<?> type, Method method) {
        return Arrays.stream(method.getParameters())
                .filter(HandlerMethods::isInput)
                .findFirst()
                .map(parameter -> GenericTypeResolver.resolveType(parameter.getParameterizedType(), type))
                .orElse(Void.class);
    }

    /** Whether there are none. */
    boolean isEmpty() {
        return handlers.isEmpty();
    }

    /**
     * A registry and these methods; the same registry if this has made it.
     *
     * @throws IllegalStateException if a method runs a type that has a processor already
     */
    ProcessorRegistry in(ProcessorRegistry registry) {
        if (registry == complete) {
            return registry;
        }
        ProcessorRegistry all = registry;
        for (Handler handler : handlers) {
            try {
                all = all.with(handler.type, handler);
            } catch (IllegalArgumentException refused) {
                throw refused(handler.method, refused.getMessage(), refused);
            }
        }
        complete = all;
        return all;
    }

    /** The schedules that the methods have. */
    List<Schedule> schedules() {
        return List.copyOf(schedules);
    }

    private void add(String bean, Class<?> type, Method method) {
        requireCallable(bean, type, method);
        JobHandler handler = AnnotatedElementUtils.findMergedAnnotation(method, JobHandler.class);
        Recurring recurring = AnnotatedElementUtils.findMergedAnnotation(method, Recurring.class);
        try {
            JobType<?> jobType = JobType.of(
                            text(handler != null ? handler.value() : recurring == null ? "" : recurring.name()),
                            TypeRef.of(inputOf(type, method)))
                    .formerly(handler == null ? new String[0] : texts(handler.formerly()));
            handlers.add(new Handler(bean, method, jobType, handler));
            if (recurring != null) {
                schedule(method, jobType, recurring);
            }
        } catch (IllegalArgumentException | DateTimeException | BeansException refused) {
            throw refused(method, refused.getMessage(), refused);
        }
    }

    private void requireCallable(String bean, Class<?> type, Method method) {
        if (Modifier.isStatic(method.getModifiers())) {
            throw refused(method, "a method that runs jobs is not static", null);
        }
        if (!beans.isSingleton(bean)) {
            throw refused(
                    method,
                    "its bean " + bean + " is no singleton: one bean runs all jobs of a type, on many threads",
                    null);
        }
        long inputs = Arrays.stream(method.getParameters())
                .filter(HandlerMethods::isInput)
                .count();
        if (inputs > 1 || method.getParameterCount() - inputs > 1) {
            throw refused(
                    method,
                    "its parameters are not those of a method that runs jobs: the input, a JobContext, both or none",
                    null);
        }
        if (WITHOUT_RESULT_YET.stream().anyMatch(later -> later.isAssignableFrom(method.getReturnType()))
                || method.getReturnType().getName().startsWith("reactor.core.publisher.")) {
            throw refused(
                    method,
                    "it returns a " + method.getReturnType().getSimpleName()
                            + ", but the job ends when the method returns: wait for the result, and return that",
                    null);
        }
        Type input = inputOf(type, method);
        if (input instanceof TypeVariable<?> || input instanceof WildcardType) {
            throw refused(
                    method, "nothing says what its input " + input + " is: name a type in " + type.getName(), null);
        }
    }

    private static boolean isInput(Parameter parameter) {
        return parameter.getType() != JobContext.class;
    }

    private void schedule(Method method, JobType<?> type, Recurring recurring) {
        String cron = text(recurring.cron());
        String every = text(recurring.every());
        if (cron.equals(Recurring.DISABLED) || every.equals(Recurring.DISABLED)) {
            return;
        }
        if (!type.hasNoInput()) {
            throw refused(
                    method,
                    "a @Recurring method has no input: leave the parameter out, or declare a bean of type Schedule with the input",
                    null);
        }
        if (cron.isEmpty() == every.isEmpty()) {
            throw refused(method, "@Recurring has a cron text or a distance: give one of cron and every", null);
        }
        Schedule schedule = Schedule.of(text(recurring.name()), JobType.of(type.name()));
        schedules.add(
                cron.isEmpty()
                        ? schedule.every(DurationStyle.detectAndParse(every))
                        : schedule.cron(cron).zone(ZoneId.of(text(recurring.zone()))));
    }

    private String text(String withPlaceholders) {
        String resolved = beans.resolveEmbeddedValue(withPlaceholders);
        return resolved == null ? "" : resolved.strip();
    }

    private String[] texts(String[] withPlaceholders) {
        return Arrays.stream(withPlaceholders).map(this::text).toArray(String[]::new);
    }

    private static IllegalStateException refused(Method method, @Nullable String why, @Nullable Exception cause) {
        return new IllegalStateException(
                "The method " + method.getDeclaringClass().getName() + "." + method.getName() + " cannot run jobs: "
                        + why,
                cause);
    }

    /** Calls one method. */
    private final class Handler implements Processor {
        private final String bean;
        private final Method method;
        private final JobType<?> type;
        private final Duration timeLimit;
        private final RetryPolicy retryPolicy;

        Handler(String bean, Method method, JobType<?> type, @Nullable JobHandler settings) {
            this.bean = bean;
            this.method = method;
            this.type = type;
            String limit = settings == null ? "" : text(settings.timeLimit());
            this.timeLimit = limit.isEmpty() ? DEFAULT_TIME_LIMIT : DurationStyle.detectAndParse(limit);
            String policy = settings == null ? "" : text(settings.retryPolicy());
            this.retryPolicy = policy.isEmpty() ? RetryPolicy.exponential() : beans.getBean(policy, RetryPolicy.class);
        }

        @Override
        public @Nullable Object process(JobContext job) throws Exception {
            Object target = beans.getBean(bean);
            Method callable = AopUtils.selectInvocableMethod(method, target.getClass());
            ReflectionUtils.makeAccessible(callable);
            @Nullable Object[] arguments = new @Nullable Object[callable.getParameterCount()];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = callable.getParameterTypes()[i] == JobContext.class ? job : job.input(type.input());
            }
            try {
                return callable.invoke(target, arguments);
            } catch (InvocationTargetException thrown) {
                if (thrown.getTargetException() instanceof Exception exception) {
                    throw exception;
                }
                if (thrown.getTargetException() instanceof Error error) {
                    throw error;
                }
                throw thrown;
            }
        }

        @Override
        public Duration timeLimit() {
            return timeLimit;
        }

        @Override
        public RetryPolicy retryPolicy() {
            return retryPolicy;
        }
    }
}
