package io.forthwith.jdbc.faults;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.jdbc.JdbcJobStore;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Remaining;

/** Carries acts on in a process of its own, until nothing is open. Says READY, PART for each call that has done something, and DONE. Not a test. Argument: URL. */
public final class ActCarrierMain {
    private ActCarrierMain() {}

    /** Runs it. */
    public static void main(String[] args) {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[0]);
        pool.setMaximumPoolSize(2);
        ActStore acts = JdbcJobStore.of(new HikariDataSource(pool)).acts().orElseThrow();
        ChildWorker.say("READY");
        for (Remaining carried = acts.carryOn(); carried != Remaining.NOTHING; carried = acts.carryOn()) {
            if (carried == Remaining.MORE) {
                ChildWorker.say("PART");
            }
        }
        ChildWorker.say("DONE");
        System.exit(0);
    }
}
