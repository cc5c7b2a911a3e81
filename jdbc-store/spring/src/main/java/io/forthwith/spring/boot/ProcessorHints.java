package io.forthwith.spring.boot;

import io.forthwith.BaseProcessor;
import io.forthwith.worker.BatchProcessor;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.core.ResolvableType;

/** A native image needs the inputs and results of processors, and the methods that run jobs. */
final class ProcessorHints implements BeanRegistrationAotProcessor {
    @Override
    public @Nullable BeanRegistrationAotContribution processAheadOfTime(RegisteredBean bean) {
        Class<?> type = bean.getBeanClass();
        List<Method> methods = HandlerMethods.annotated(type);
        List<Type> stored = new ArrayList<>();
        for (Method method : methods) {
            stored.add(HandlerMethods.inputOf(type, method));
            stored.add(method.getGenericReturnType());
        }
        for (Class<?> kind : List.of(BatchProcessor.class, BaseProcessor.class)) {
            if (kind.isAssignableFrom(type)) {
                // The type that a @Bean method declares says more than the class of an anonymous processor.
                for (ResolvableType each : bean.getBeanType().as(kind).getGenerics()) {
                    stored.add(each.getType());
                }
            }
        }
        if (stored.isEmpty()) {
            return null;
        }
        return (generation, code) -> {
            BindingReflectionHintsRegistrar registrar = new BindingReflectionHintsRegistrar();
            stored.forEach(each -> registrar.registerReflectionHints(
                    generation.getRuntimeHints().reflection(), each));
            methods.forEach(
                    each -> generation.getRuntimeHints().reflection().registerMethod(each, ExecutableMode.INVOKE));
        };
    }
}
