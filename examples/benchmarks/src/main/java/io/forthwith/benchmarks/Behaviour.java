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
        void run() {
            throw new IllegalStateException("The image service has said no");
        }
    },
    /** It runs until its process is killed. */
    HANG {
        @Override
        void run() throws InterruptedException {
            new CountDownLatch(1).await();
        }
    };

    abstract void run() throws InterruptedException;
}
