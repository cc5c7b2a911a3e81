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

    /** A claim takes several statements here, so that nearly always one is on its way when the server dies. Seen were 3.6 to 3.8. */
    @Override
    double mostAttempts() {
        return 5;
    }
}
