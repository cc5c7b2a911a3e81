package io.forthwith.spring.boot;

import io.forthwith.BaseProcessor;
import io.forthwith.worker.BatchProcessor;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.beans.factory.aot.BeanRegistrationAotContribution;
import org.springframework.beans.factory.aot.BeanRegistrationAotProcessor;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.core.ResolvableType;

/** A native image needs the inputs and results of processors. */
final class ProcessorHints implements BeanRegistrationAotProcessor {
    @Override
    public @Nullable BeanRegistrationAotContribution processAheadOfTime(RegisteredBean bean) {
        Class<?> kind =
                BatchProcessor.class.isAssignableFrom(bean.getBeanClass()) ? BatchProcessor.class : BaseProcessor.class;
        if (!kind.isAssignableFrom(bean.getBeanClass())) {
            return null;
        }
        // The type that a @Bean method declares says more than the class of an anonymous processor.
        ResolvableType[] inputAndResult = bean.getBeanType().as(kind).getGenerics();
        return (generation, code) -> {
            BindingReflectionHintsRegistrar registrar = new BindingReflectionHintsRegistrar();
            for (ResolvableType each : inputAndResult) {
                registrar.registerReflectionHints(generation.getRuntimeHints().reflection(), each.getType());
            }
        };
    }
}
