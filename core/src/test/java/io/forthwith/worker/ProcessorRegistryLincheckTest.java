package io.forthwith.worker;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.forthwith.JobType;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Several threads add processors to one registry. The registry never changes; each thread gets a new one with its own
 * addition. Lincheck generates the calls and checks their interleavings.
 */
@Param(name = "type", gen = IntGen.class, conf = "1:3")
@Tag("slow")
public class ProcessorRegistryLincheckTest {
    private static final JobType<?>[] TYPES = {
        JobType.of("type-0", String.class),
        JobType.of("type-1", String.class),
        JobType.of("type-2", String.class),
        JobType.of("type-3", String.class)
    };

    private final ProcessorRegistry shared = ProcessorRegistry.of().with(TYPES[0], job -> null);
    private final AtomicReference<ProcessorRegistry> latest = new AtomicReference<>(shared);

    /** Adds to the shared registry and publishes nothing. */
    @Operation
    public String with(@Param(name = "type") int type) {
        return shared.with(TYPES[type], job -> null).types().toString();
    }

    /** Adds to the latest registry and publishes the result, unless the type is registered. */
    @Operation
    public String publish(@Param(name = "type") int type) {
        try {
            return latest.updateAndGet(now -> now.with(TYPES[type], job -> null))
                    .types()
                    .toString();
        } catch (IllegalArgumentException registered) {
            return "registered";
        }
    }

    @Operation
    public String types() {
        return shared.types().toString();
    }

    @Operation
    public boolean knows(@Param(name = "type") int type) {
        return shared.processors().knows("type-" + type);
    }

    @Test
    void each_call_is_atomic() {
        new ModelCheckingOptions()
                .addGuarantee(forClasses(name -> name.startsWith("io.forthwith.text."))
                        .allMethods()
                        .ignore())
                .logLevel(LoggingLevel.OFF)
                .threads(2)
                .actorsBefore(0)
                .actorsPerThread(2)
                .actorsAfter(1)
                .iterations(4)
                .invocationsPerIteration(40)
                .check(ProcessorRegistryLincheckTest.class);
    }
}
