package io.forthwith.store.kit.internal.keys;

import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code -Dforthwith.kit.round=n} repeats a round; {@code -Dforthwith.kit.rounds=n} plays so many. */
public abstract class RandomKeysContract {
    private static final int NEW_ROUNDS = 12;
    private static final int COMMANDS = 60;

    public abstract StoreFixture fixture();

    @Test
    @DisplayName(
            "every answer and every row equals the model's while keys of all scopes, deadlines, cancels, retries, lost workers and purges come in any order")
    public void equalsTheModel() {
        Long chosen = Long.getLong("forthwith.kit.round");
        long first = chosen == null ? ThreadLocalRandom.current().nextLong(Integer.MAX_VALUE) : chosen;
        int rounds = chosen == null ? Integer.getInteger("forthwith.kit.rounds", NEW_ROUNDS) : 1;
        System.out.println("Random keys: rounds " + first + " to " + (first + rounds - 1));
        for (long round = first; round < first + rounds; round++) {
            new KeysRun(fixture(), round).run(COMMANDS);
        }
    }
}
