package io.forthwith.spring;

import io.forthwith.store.JobStore;

/**
 * Wraps the store that a starter for Spring Boot gives to its client and to its worker; all beans of this type, in their order, the last one
 * outermost. The bean of type {@link JobStore} stays as it is. Metrics of the store come first: they do not see what is wrapped around it.
 */
@FunctionalInterface
public interface JobStoreCustomizer {
    /**
     * A store that does what {@code store} does, and perhaps something besides. Called for the client, and at each start of the worker.
     *
     * @param store the bean, or what another customizer has made of it
     */
    JobStore customize(JobStore store);
}
