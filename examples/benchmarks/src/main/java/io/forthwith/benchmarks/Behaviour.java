package io.forthwith.benchmarks;

import java.util.concurrent.CountDownLatch;

/** What a job does once it has said that it began. */
enum Behaviour {
    /** It is done. */
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
            throw new IllegalStateException("The image service has said no");
        }
    },
    /** It is of a type without a handler, and does not begin. */
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
            throw new IllegalStateException("A job that nobody can run has run");
        }
    },
    /** It runs until its process is killed. */
    HANG {
        @Override
        void run() throws InterruptedException {
            new CountDownLatch(1).await();
        }
    };

    /** At which level its process logs. */
    String logLevel() {
        return Logs.USUAL;
    }

    /** A query for how many of such jobs can be seen to have failed. */
    String failures(Responder responder) {
        return responder.failures();
    }

    abstract void run() throws InterruptedException;
}
