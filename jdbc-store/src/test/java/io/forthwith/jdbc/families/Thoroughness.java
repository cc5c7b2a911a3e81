package io.forthwith.jdbc.families;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * How often a property is tried: as it says itself; with {@code -Pchaos} fifty times as often; with
 * {@code -Dforthwith.families.tries=} as often as that says. {@code -Dforthwith.families.seed=} repeats what was tried under a seed that a
 * failure has printed.
 */
final class Thoroughness implements AroundPropertyHook {
    private static final int MORE = 50;

    @Override
    public PropertyExecutionResult aroundProperty(PropertyLifecycleContext context, PropertyExecutor property) {
        int own = context.attributes().tries().orElseThrow();
        int usual = Boolean.getBoolean("chaos") ? MORE * own : own;
        context.attributes().setTries(Integer.getInteger("forthwith.families.tries", usual));
        String seed = System.getProperty("forthwith.families.seed");
        if (seed != null) {
            context.attributes().setSeed(seed);
        }
        return property.execute();
    }
}
