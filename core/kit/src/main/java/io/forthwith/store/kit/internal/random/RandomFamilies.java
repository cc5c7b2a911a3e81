package io.forthwith.store.kit.internal.random;

import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * Random commands about families and graphs of any shape, one after the other, on a store: jobs are added, spawned, run, failed, cancelled,
 * retried, taken over and deleted. Every answer and every row is compared with the model.
 *
 * <p>{@link RandomCommandsContract}, which every store's contract test runs, has a few fixed families, and races. This has any families,
 * and needs an empty store for each try.
 *
 * <p>Each try has a seed. A try that fails is repeated with fewer commands while it still fails, and fails with the shortest list of
 * commands that was found, and with its seed: {@code -Dforthwith.families.seed=} plays this one only.
 * {@code -Dforthwith.families.tries=} says how many tries to make, whatever the test asks for.
 */
public final class RandomFamilies {
    private static final int MOST_COMMANDS = 80;

    private RandomFamilies() {}

    /**
     * Makes so many tries.
     *
     * @param stores gives an empty store at each call; only one of them is in use at a time
     * @throws AssertionError if a store answers or holds something else than the model
     */
    public static void play(Supplier<StoreFixture> stores, int tries) {
        Long chosen = Long.getLong("forthwith.families.seed");
        if (chosen != null) {
            play(stores, chosen.longValue());
            return;
        }
        long first = ThreadLocalRandom.current().nextLong(Integer.MAX_VALUE);
        int wanted = Integer.getInteger("forthwith.families.tries", tries);
        System.out.println("Random families: seeds " + first + " to " + (first + wanted - 1));
        for (long seed = first; seed < first + wanted; seed++) {
            play(stores, seed);
        }
    }

    private static void play(Supplier<StoreFixture> stores, long seed) {
        // Neighbouring seeds would begin with the same draws.
        Random random = new Random(seed * 0x9E37_79B9_7F4A_7C15L);
        List<FamilyCommand> commands = new FamilyCommandGenerator(random).commands(MOST_COMMANDS);
        try {
            Shortening.play(stores, seed, commands);
        } catch (AssertionError failure) {
            throw new AssertionError(
                    "Random families, again with -Dforthwith.families.seed=" + seed + failure.getMessage(), failure);
        }
    }
}
