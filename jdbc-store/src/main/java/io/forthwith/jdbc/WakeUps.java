package io.forthwith.jdbc;

import io.forthwith.store.JobStore;

/**
 * How the stores of other processes are told that jobs may be claimed, and this one by them. A hint throughout: polling finds what it
 * misses. Thread-safe.
 */
interface WakeUps {
    /** What a database offers that cannot tell anybody. */
    WakeUps NONE = new WakeUps() {
        @Override
        public void tell() {}

        @Override
        public JobStore.Subscription listen() {
            return () -> {};
        }

        @Override
        public boolean hearsOthers() {
            return false;
        }
    };

    /** Tells the others; returns at once and throws nothing. */
    void tell();

    /** Listens to the others until the subscription is closed. */
    JobStore.Subscription listen();

    /** Whether somebody listens, and what others tell is known to arrive. */
    boolean hearsOthers();
}
