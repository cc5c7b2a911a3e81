package io.forthwith.studio.credits;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The credit ledger, on PostgreSQL,")
class CreditLedgerOnPostgresTest extends CreditLedgerContract {
    private static final EmbeddedPostgres SERVER = start();

    CreditLedgerOnPostgresTest() {
        super(SERVER.getPostgresDatabase());
    }

    @AfterAll
    static void stop() throws IOException {
        SERVER.close();
    }

    private static EmbeddedPostgres start() {
        try {
            return EmbeddedPostgres.start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
