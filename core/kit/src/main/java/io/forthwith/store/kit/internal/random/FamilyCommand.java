package io.forthwith.store.kit.internal.random;

import java.util.ArrayList;
import java.util.List;

/** A command about families of any shape. Its numbers choose among the jobs that the model holds at that moment. Immutable. */
interface FamilyCommand {
    void issue(FamilyRun run);

    /** Whether jobs are retried by hand. */
    default boolean isByHand() {
        return false;
    }

    /** How much there is in it. */
    default int size() {
        return 1;
    }

    /** Each command does a little less than this one; there may be none. */
    default List<FamilyCommand> simpler() {
        return List.of();
    }

    /** A list without each of its members in turn, the last one first. */
    static <T> List<List<T>> withoutOne(List<T> whole) {
        List<List<T>> all = new ArrayList<>();
        for (int i = whole.size() - 1; i >= 0; i--) {
            List<T> fewer = new ArrayList<>(whole);
            fewer.remove(i);
            all.add(fewer);
        }
        return all;
    }
}
