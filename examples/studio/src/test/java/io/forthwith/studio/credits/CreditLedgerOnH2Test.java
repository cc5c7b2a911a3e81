package io.forthwith.studio.credits;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.studio.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The credit ledger, on H2,")
class CreditLedgerOnH2Test extends CreditLedgerContract {
    private static final HikariDataSource DATABASE = TestDatabase.open();

    CreditLedgerOnH2Test() {
        super(DATABASE);
    }

    @AfterAll
    static void closeDatabase() {
        DATABASE.close();
    }
}
