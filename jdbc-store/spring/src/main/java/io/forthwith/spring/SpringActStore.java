package io.forthwith.spring;

import io.forthwith.ActResult;
import io.forthwith.store.act.ActStore;
import io.forthwith.store.act.Author;
import io.forthwith.store.act.BulkAct;
import io.forthwith.store.act.Deed;
import io.forthwith.store.act.NewAct;
import io.forthwith.store.act.Remaining;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The acts of a {@link SpringJobStore}. They have transactions of their own. */
final class SpringActStore implements ActStore {
    private static final String ACT = "an act on many jobs";

    private final ActStore acts;
    private final Consumer<String> requireNoTransaction;

    /** @param requireNoTransaction refuses what it is told of within a transaction of the application */
    SpringActStore(ActStore acts, Consumer<String> requireNoTransaction) {
        this.acts = acts;
        this.requireNoTransaction = requireNoTransaction;
    }

    @Override
    public boolean begin(NewAct act) {
        requireNoTransaction.accept(ACT);
        return acts.begin(act);
    }

    @Override
    public Optional<BulkAct> find(UUID id) {
        return acts.find(id);
    }

    @Override
    public List<BulkAct> list(@Nullable UUID before, int atMost) {
        return acts.list(before, atMost);
    }

    @Override
    public boolean stop(UUID id, Author by) {
        requireNoTransaction.accept(ACT);
        return acts.stop(id, by);
    }

    @Override
    public Remaining carryOn() {
        requireNoTransaction.accept(ACT);
        return acts.carryOn();
    }

    @Override
    public ActResult actOn(UUID job, Deed deed, Author by) {
        requireNoTransaction.accept(deed.kind().text());
        return acts.actOn(job, deed, by);
    }
}
