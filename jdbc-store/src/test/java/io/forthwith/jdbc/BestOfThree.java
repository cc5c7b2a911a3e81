package io.forthwith.jdbc;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.opentest4j.TestAbortedException;

/**
 * What only a clock can prove. Other programs on the machine may spoil a try, so there are up to three; one must succeed. The message of
 * the last one says how busy the machine is. What must hold at any speed has one try.
 */
public final class BestOfThree {
    public static final int TRIES = 3;

    private BestOfThree() {}

    /** A test of which each try has an instance of its own. Only if a part of it was {@linkplain #inTime not in time} there is another try. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @TestTemplate
    @ExtendWith(Tries.class)
    public @interface Test {}

    /** How busy the machine is, for the messages of assertions. */
    public static String load() {
        return String.format(
                Locale.ROOT,
                "load %.1f on %d processors",
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                Runtime.getRuntime().availableProcessors());
    }

    /** A part of a test. */
    @FunctionalInterface
    public interface Part {
        void run() throws Exception;
    }

    /** An assertion that fails only if something has come too late. */
    public static void inTime(Part assertion) throws Exception {
        try {
            assertion.run();
        } catch (AssertionError late) {
            throw new Late(late);
        }
    }

    /** Waits for something, as long as the part of the test says; it should come within this time. */
    public static void within(Duration time, Part wait) throws Exception {
        long start = System.nanoTime();
        wait.run();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        inTime(() -> Assertions.assertThat(took).isLessThanOrEqualTo(time));
    }

    private static final class Late extends AssertionError {
        private static final long serialVersionUID = 1;

        Late(Throwable cause) {
            super(cause.getMessage() + "; " + load(), cause);
        }
    }

    /** Tries a part of a test again if a part of that was {@linkplain #inTime not in time}. */
    public static void of(Part part) throws Exception {
        for (int number = 1; ; number++) {
            try {
                part.run();
                return;
            } catch (Late spoilt) {
                if (number == TRIES) {
                    throw failure(spoilt);
                }
                System.out.println(tried(number, spoilt));
            }
        }
    }

    private static AssertionError failure(Throwable last) {
        return new AssertionError("No try of " + TRIES + " has succeeded; " + load() + "; the last: " + last, last);
    }

    private static String tried(int number, Throwable spoilt) {
        return "Try " + number + " of " + TRIES + " was spoilt; " + load() + "; " + spoilt;
    }

    /** Begins another try only if none has succeeded. */
    static final class Tries implements TestTemplateInvocationContextProvider {
        @Override
        public boolean supportsTestTemplate(ExtensionContext context) {
            return true;
        }

        @Override
        public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext context) {
            AtomicBoolean hasSucceeded = new AtomicBoolean();
            return IntStream.rangeClosed(1, TRIES)
                    .takeWhile(number -> !hasSucceeded.get())
                    .mapToObj(number -> new OneTry(number, hasSucceeded));
        }
    }

    /** The last try fails, and those before it only end. */
    private record OneTry(int number, AtomicBoolean hasSucceeded)
            implements TestTemplateInvocationContext, InvocationInterceptor {
        @Override
        public String getDisplayName(int index) {
            return "try " + number;
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public void interceptTestTemplateMethod(
                Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
                throws Throwable {
            try {
                invocation.proceed();
                hasSucceeded.set(true);
            } catch (Late spoilt) {
                if (number == TRIES) {
                    throw failure(spoilt);
                }
                System.out.println(tried(number, spoilt));
                throw new TestAbortedException(tried(number, spoilt), spoilt);
            }
        }
    }
}
