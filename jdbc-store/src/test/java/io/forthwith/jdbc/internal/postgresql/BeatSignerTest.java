package io.forthwith.jdbc.internal.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.jdbc.internal.sql.Database;
import io.forthwith.jdbc.internal.sql.ServerSessionId;
import io.forthwith.jdbc.internal.sql.TableNames;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

@DisplayName("Heartbeats name the session in which the process listens")
class BeatSignerTest {
    private static final Duration SOON = Duration.ofSeconds(1);

    /** Nobody connects here. */
    private final BeatSigner listening = new BeatSigner(
            new Database(new PGSimpleDataSource(), new PostgresDialect(TableNames.STANDARD), true, SOON), SOON);

    @Test
    @DisplayName("also if the listener before ends only when the next one has begun")
    void overlapping_listeners() {
        Optional<ServerSessionId> first = Optional.of(new ServerSessionId(1, Instant.EPOCH));
        Optional<ServerSessionId> second = Optional.of(new ServerSessionId(2, Instant.EPOCH));
        listening.begin(first);
        listening.begin(second);

        listening.end(first);

        assertThat(listening.<Optional<ServerSessionId>>signing(Optional::ofNullable))
                .isEqualTo(second);
        listening.end(second);
        assertThat(listening.<Optional<ServerSessionId>>signing(Optional::ofNullable))
                .isEmpty();
    }
}
