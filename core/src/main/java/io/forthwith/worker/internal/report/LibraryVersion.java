package io.forthwith.worker.internal.report;

import java.lang.module.ModuleDescriptor;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The version of this library. The module knows it if the jar is on the module path, the manifest of the jar if it is on the class path. */
public final class LibraryVersion {
    static final String UNKNOWN = "unknown";

    /** {@link #UNKNOWN} where the classes do not come from a jar, or were packed into another one. */
    public static final String CURRENT = of(LibraryVersion.class.getModule(), LibraryVersion.class.getPackage());

    private LibraryVersion() {}

    private static String of(Module module, @Nullable Package classes) {
        ModuleDescriptor descriptor = module.getDescriptor();
        Optional<String> ofModule = descriptor == null ? Optional.empty() : descriptor.rawVersion();
        String ofJar = classes == null ? null : classes.getImplementationVersion();
        return ofModule.orElse(Objects.requireNonNullElse(ofJar, UNKNOWN));
    }
}
