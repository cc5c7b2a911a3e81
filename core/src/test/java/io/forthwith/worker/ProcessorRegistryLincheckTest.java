package io.forthwith.worker;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.forthwith.JobType;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Test;

/**
 * A registry that several threads add to does not change for any of them: what one adds is in what it gets, and nowhere else. Lincheck
 * draws the calls and looks at the ways in which they may be interleaved.
 */
@Param(name = "type", gen = IntGen.class, conf = "1:3")
public class ProcessorRegistryLincheckTest {
    private static final JobType<?>[] TYPES = {
        JobType.of("type-0", String.class),
        JobType.of("type-1", String.class),
        JobType.of("type-2", String.class),
        JobType.of("type-3", String.class)
    };

    private final ProcessorRegistry shared = ProcessorRegistry.of().with(TYPES[0], job -> null);
    private final AtomicReference<ProcessorRegistry> latest = new AtomicReference<>(shared);

    /** Of its own, from what all share. */
    @Operation
    public String with(@Param(name = "type") int type) {
        return shared.with(TYPES[type], job -> null).types().toString();
    }

    /** To what is there by now, as long as nobody has registered the type. */
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
    void each_call_looks_as_if_it_had_been_alone() {
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
