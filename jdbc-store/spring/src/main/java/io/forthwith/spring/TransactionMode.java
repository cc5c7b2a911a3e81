package io.forthwith.spring;

/** In which transaction a {@link SpringJobStore} adds jobs. */
public enum TransactionMode {
    /** In the transaction of the calling thread on this data source; in one of its own if there is none. The default. */
    JOIN,
    /** Always in one of its own: the jobs stay, even if the transaction of the calling thread is rolled back. */
    OWN,
    /** In the transaction of the calling thread on this data source; without one, the call is refused. So {@code enqueueAsync} always is. */
    MANDATORY
}
