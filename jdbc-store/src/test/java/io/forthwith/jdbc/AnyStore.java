package io.forthwith.jdbc;

import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;

/** The stores that what a worker promises is tested on. */
enum AnyStore {
    IN_MEMORY {
        @Override
        JobStore empty() {
            return new InMemoryJobStore();
        }
    },
    H2 {
        @Override
        JobStore empty() {
            return JdbcJobStore.of(TestDatabase.H2.migrated());
        }
    },
    SQLITE {
        @Override
        JobStore empty() {
            return JdbcJobStore.of(TestDatabase.SQLITE.migrated());
        }
    },
    MARIADB {
        @Override
        JobStore empty() {
            return JdbcJobStore.of(TestDatabase.MARIADB.migrated());
        }
    },
    POSTGRESQL {
        @Override
        JobStore empty() {
            return JdbcJobStore.of(TestDatabase.POSTGRESQL.migrated());
        }
    };

    abstract JobStore empty();
}
