package io.forthwith.jdbc.faults;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@EnabledIfSystemProperty(named = "chaos.seconds", matches = "\\d+", disabledReason = "takes half a minute, or minutes")
@DisplayName("When MariaDB is killed and restarted again and again under eight busy workers,")
class MariaDbRestartsTest extends RestartsTest {
    @Override
    DurableServer server() {
        return DurableMariaDb.shared();
    }

    /**
     * A claim takes several statements here, so that nearly always one is on its way when the server dies, and its worker asks what it
     * holds, beside the results that it tries to write: five times each in three seconds. Seen were 3.0 to 5.1 in a second, on PostgreSQL 2.0
     * to 3.2.
     */
    @Override
    double mostAttempts() {
        return 6;
    }
}
