package io.forthwith.jdbc.faults;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@DisplayName("When MariaDB is killed under working workers and comes back after two leases,")
@Tag("slow")
class MariaDbOutageTest extends DatabaseOutageTest {
    @Override
    DurableServer server() {
        return DurableMariaDb.shared();
    }
}
