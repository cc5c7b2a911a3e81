package io.forthwith.jdbc.faults;

import org.junit.jupiter.api.DisplayName;

@DisplayName("When MariaDB is killed under working workers and comes back after two leases,")
class MariaDbOutageTest extends DatabaseOutageTest {
    @Override
    DurableServer server() {
        return DurableMariaDb.shared();
    }
}
