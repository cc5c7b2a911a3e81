package io.forthwith.store.kit;

import io.forthwith.store.kit.Meeting.Scene;
import io.forthwith.store.kit.Settling.How;
import java.util.List;
import java.util.function.Function;

/** Two commands that are issued at the same moment, and what has happened before. Immutable. */
record Race(Scene scene, Function<Meeting, Command> one, Function<Meeting, Command> other) {
    static final List<Race> ALL = List.of(
            new Race(Scene.PENDING, Meeting::cancel, in -> in.claim("A")),
            new Race(Scene.PENDING, in -> in.claim("A"), in -> in.claim("B")),
            new Race(Scene.PENDING, in -> in.deregister("A"), in -> in.claim("A")),
            new Race(Scene.PENDING, Meeting::cancel, Meeting::addRival),
            new Race(Scene.HELD, Meeting::cancel, in -> in.settle(How.COMPLETE)),
            new Race(Scene.HELD, Meeting::cancel, in -> in.settle(How.FAIL)),
            new Race(Scene.HELD, Meeting::cancel, in -> in.settle(How.POSTPONE_NOW)),
            new Race(Scene.HELD, Meeting::cancel, Meeting::cancel),
            new Race(Scene.HELD, Meeting::cancelParent, in -> in.settle(How.COMPLETE)),
            new Race(Scene.HELD, in -> in.settle(How.COMPLETE), in -> in.settle(How.COMPLETE)),
            new Race(Scene.HELD, in -> in.settle(How.COMPLETE), in -> in.settle(How.GIVE_BACK)),
            new Race(Scene.HELD, in -> in.settle(How.COMPLETE), in -> in.settleSibling(How.COMPLETE)),
            new Race(Scene.HELD, in -> in.settle(How.FAIL), in -> in.settleSibling(How.COMPLETE)),
            new Race(Scene.HELD, Meeting::report, in -> in.settle(How.COMPLETE)),
            new Race(Scene.HELD, Meeting::report, in -> in.settle(How.RETRY_NOW)),
            new Race(Scene.HELD, in -> in.beat("A"), Meeting::cancel),
            new Race(Scene.HELD, in -> in.deregister("A"), in -> in.settle(How.COMPLETE)),
            new Race(Scene.HELD, in -> in.deregister("A"), Meeting::takeOver),
            new Race(Scene.HELD, in -> in.settle(How.GIVE_BACK), in -> in.claim("B")),
            new Race(Scene.HELD, in -> in.settle(How.COMPLETE), Meeting::addRival),
            new Race(Scene.HELD, Meeting::seal, in -> in.settle(How.COMPLETE)),
            new Race(Scene.HELD, Meeting::seal, in -> in.settle(How.FAIL)),
            new Race(Scene.HELD, Meeting::seal, Meeting::cancelParent),
            new Race(Scene.HELD, Meeting::fill, Meeting::seal),
            new Race(Scene.HELD, Meeting::fill, Meeting::cancelParent),
            new Race(Scene.HELD, Meeting::fill, in -> in.settle(How.COMPLETE)),
            new Race(Scene.HELD, Meeting::addAfter, Meeting::cancelParent),
            new Race(Scene.HELD, Meeting::addAfter, Meeting::fill),
            new Race(Scene.LAPSED, Meeting::takeOver, in -> in.settle(How.COMPLETE)),
            new Race(Scene.LAPSED, Meeting::takeOver, Meeting::cancel),
            new Race(Scene.LAPSED, Meeting::takeOver, Meeting::report),
            new Race(Scene.LAPSED, Meeting::takeOver, in -> in.beat("A")),
            new Race(Scene.LAPSED, Meeting::takeOver, in -> in.deregister("A")),
            new Race(Scene.LAPSED, Meeting::takeOver, in -> in.claim("B")),
            new Race(Scene.LAPSED, Meeting::takeOver, Meeting::takeOver),
            new Race(Scene.LAPSED_AT_LAST_TRY, Meeting::takeOver, in -> in.settle(How.FAIL)),
            new Race(Scene.LAPSED_AT_LAST_TRY, Meeting::takeOver, Meeting::cancel),
            new Race(Scene.ENDED, Meeting::retry, Meeting::retry),
            new Race(Scene.ENDED, Meeting::retry, Meeting::retryParent),
            new Race(Scene.ENDED, Meeting::seal, Meeting::retryParent),
            new Race(Scene.ENDED, Meeting::fill, Meeting::retry),
            new Race(Scene.ENDED, Meeting::retry, Meeting::retryRival),
            new Race(Scene.ENDED, Meeting::retry, Meeting::addRival),
            new Race(Scene.ENDED, Meeting::retry, in -> in.claim("B")),
            new Race(Scene.ENDED, Meeting::retry, Meeting::cancel),
            new Race(Scene.ENDED, Meeting::retry, in -> in.settle(How.COMPLETE)),
            new Race(Scene.ENDED, Meeting::retryParent, in -> in.settleSibling(How.COMPLETE)),
            new Race(Scene.ENDED, Meeting::purge, Meeting::retry),
            new Race(Scene.ENDED, Meeting::purge, Meeting::retryParent),
            new Race(Scene.ENDED, Meeting::purge, Meeting::addAgain));
}
