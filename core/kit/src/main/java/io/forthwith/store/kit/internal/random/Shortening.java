package io.forthwith.store.kit.internal.random;

import io.forthwith.store.kit.fixture.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Leaves out of commands that fail whatever may be left out, so that a person can read what is left: each try runs on a
 * store of its own. Commands choose among the jobs that there are, counted from the last one, and so they keep their meaning when others
 * are left out.
 */
final class Shortening {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Supplier<StoreFixture> stores;
    private final long seed;
    private final long begun = System.nanoTime();
    private List<FamilyCommand> commands;
    private AssertionError failure;

    private Shortening(Supplier<StoreFixture> stores, long seed, List<FamilyCommand> commands, AssertionError failure) {
        this.stores = stores;
        this.seed = seed;
        this.commands = commands;
        this.failure = failure;
    }

    /** Plays commands, and fails with the shortest way to fail that it finds. */
    static void play(Supplier<StoreFixture> stores, long seed, List<FamilyCommand> commands) {
        AssertionError failure = failureOf(stores, seed, commands);
        if (failure != null) {
            throw new Shortening(stores, seed, commands, failure).shortest();
        }
    }

    private static @Nullable AssertionError failureOf(
            Supplier<StoreFixture> stores, long seed, List<FamilyCommand> commands) {
        try {
            new FamilyRun(stores.get(), seed).run(commands);
            return null;
        } catch (AssertionError failure) {
            return failure;
        }
    }

    private AssertionError shortest() {
        int before;
        do {
            before = size();
            for (int length = Math.max(1, commands.size() / 2); length > 0; length /= 2) {
                leaveOut(length);
            }
            simplify();
        } while (size() < before);
        return failure;
    }

    private int size() {
        return commands.stream().mapToInt(FamilyCommand::size).sum();
    }

    /** So many commands in a row, wherever that is. */
    private void leaveOut(int length) {
        for (int at = commands.size() - length; at >= 0; at -= length) {
            List<FamilyCommand> fewer = new ArrayList<>(commands);
            fewer.subList(at, Math.min(at + length, fewer.size())).clear();
            attempt(fewer);
            at = Math.min(at, commands.size());
        }
    }

    private void simplify() {
        for (int at = commands.size() - 1; at >= 0; at--) {
            boolean isSimpler;
            do {
                isSimpler = false;
                for (FamilyCommand simpler : commands.get(at).simpler()) {
                    List<FamilyCommand> changed = new ArrayList<>(commands);
                    changed.set(at, simpler);
                    isSimpler = attempt(changed);
                    if (isSimpler) {
                        break;
                    }
                }
            } while (isSimpler);
        }
    }

    private boolean attempt(List<FamilyCommand> other) {
        boolean isOutOfPatience = System.nanoTime() - begun > PATIENCE.toNanos();
        AssertionError otherFailure = isOutOfPatience ? null : failureOf(stores, seed, other);
        if (otherFailure != null) {
            commands = other;
            failure = otherFailure;
        }
        return otherFailure != null;
    }
}
