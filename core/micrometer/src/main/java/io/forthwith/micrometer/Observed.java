package io.forthwith.micrometer;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Passes each call on to a store, and tells of it. It changes neither answers nor exceptions. Thread-safe. */
final class Observed implements InvocationHandler {
    /** Is told of calls. Throws nothing. */
    interface Observer {
        /**
         * Before a call.
         *
         * @return what {@link #after} gets
         */
        long before(String method, Object[] arguments);

        /** After a call; {@code answer} is null if it threw. */
        void after(String method, Object[] arguments, long before, boolean isOk, @Nullable Object answer);

        /** What the caller gets instead of an answer. */
        @Nullable
        Object passed(@Nullable Object answer);
    }

    private static final Object[] NONE = {};

    private final Object store;
    private final Observer observer;

    private Observed(Object store, Observer observer) {
        this.store = store;
        this.observer = observer;
    }

    /** An object with this role that is as good as {@code store}. */
    static <S> S of(Class<S> role, S store, Observer observer) {
        return role.cast(
                Proxy.newProxyInstance(role.getClassLoader(), new Class<?>[] {role}, new Observed(store, observer)));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] given) throws Throwable {
        Object[] arguments = given == null ? NONE : given;
        if (method.getDeclaringClass() == Object.class) {
            return ofObject(method.getName(), arguments);
        }
        long before = observer.before(method.getName(), arguments);
        boolean isOk = false;
        Object answer = null;
        try {
            answer = method.invoke(store, arguments);
            isOk = true;
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause() == null ? thrown : thrown.getCause();
        } finally {
            observer.after(method.getName(), arguments, before, isOk, answer);
        }
        return observer.passed(answer);
    }

    private Object ofObject(String method, Object[] arguments) {
        return switch (method) {
            case "equals" -> isSame(arguments[0]);
            case "hashCode" -> store.hashCode();
            default -> "observed " + store;
        };
    }

    private boolean isSame(@Nullable Object other) {
        return other != null
                && Proxy.isProxyClass(other.getClass())
                && Proxy.getInvocationHandler(other) instanceof Observed observed
                && observed.store.equals(store);
    }
}
