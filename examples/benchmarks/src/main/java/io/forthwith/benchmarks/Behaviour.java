package io.forthwith.benchmarks;

import java.util.concurrent.CountDownLatch;

/** What a job does after it has reported that it began. */
enum Behaviour {
    /** It completes. */
    RETURN {
        @Override
        void run() {}
    },
    /** It fails. */
    THROW {
        @Override
        String logLevel() {
            return Logs.NONE;
        }

        @Override
        void run() {
            throw new IllegalStateException("The image service has refused");
        }
    },
    /** It has a type without a handler, and does not begin. */
    UNKNOWN {
        @Override
        String logLevel() {
            return Logs.NONE;
        }

        @Override
        String failures(Responder responder) {
            return responder.unknowns();
        }

        @Override
        void run() {
            throw new IllegalStateException("A job without a handler has run");
        }
    },
    /** It runs until its process is killed. */
    HANG {
        @Override
        void run() throws InterruptedException {
            new CountDownLatch(1).await();
        }
    };

    /** The log level of its process. */
    String logLevel() {
        return Logs.USUAL;
    }

    /** A query for the number of such jobs that have visibly failed. */
    String failures(Responder responder) {
        return responder.failures();
    }

    abstract void run() throws InterruptedException;
}
