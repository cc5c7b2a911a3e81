package io.forthwith.jdbc.families;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.jdbc.families.AddCommands.Spoil;
import io.forthwith.jdbc.families.Settling.How;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.arbitraries.ListArbitrary;

/** How commands are drawn. */
final class Draws {
    private static final int ANY = 4_096;

    private Draws() {}

    static Arbitrary<Script> scripts(int most) {
        Arbitrary<Command> first = adding(2, 8).map(adding -> adding);
        return Combinators.combine(
                        first,
                        command()
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(most)
                                .withSizeDistribution(RandomDistribution.uniform()))
                .as(Script::new);
    }

    private static Arbitrary<Command> command() {
        return Arbitraries.frequencyOf(
                Tuple.of(13, adding(1, 6)),
                Tuple.of(4, repeating()),
                Tuple.of(5, any().map(AddCommands.Sealing::new)),
                Tuple.of(14, claiming()),
                Tuple.of(34, settlements()),
                Tuple.of(3, Combinators.combine(any(), upTo(100)).as(WorkerCommands.Reporting::new)),
                Tuple.of(6, any().map(HandCommands.Cancelling::new)),
                Tuple.of(8, any().map(HandCommands.Retrying::new)),
                Tuple.of(2, Arbitraries.of(1, 3, 10, 100).map(HandCommands.RetryingPage::new)),
                Tuple.of(
                        4,
                        Combinators.combine(slot(), Arbitraries.of(false, true)).as(WorkerCommands.Losing::new)),
                Tuple.of(3, Arbitraries.create(HandCommands.Purging::new)));
    }

    private static Arbitrary<Command> adding(int least, int most) {
        return Combinators.combine(
                        sprouts().ofMinSize(least).ofMaxSize(most), Arbitraries.of(false, false, true), spoil(), any())
                .as(AddCommands.Adding::new);
    }

    private static Arbitrary<Command> repeating() {
        return Combinators.combine(any(), sprouts().ofMaxSize(2), spoil(), any())
                .as(AddCommands.Repeating::new);
    }

    private static Arbitrary<Spoil> spoil() {
        return Arbitraries.frequency(
                Tuple.of(27, Spoil.NOTHING),
                Tuple.of(1, Spoil.PARENT),
                Tuple.of(1, Spoil.PREDECESSOR),
                Tuple.of(3, Spoil.WAITER));
    }

    private static ListArbitrary<Sprout> sprouts() {
        return Combinators.combine(
                        upTo(9),
                        Arbitraries.of(false, false, true),
                        Arbitraries.of(false, false, false, true),
                        policy(),
                        Arbitraries.of(false, false, true),
                        any().list().ofMaxSize(2),
                        Arbitraries.of(PredecessorFailurePolicy.class),
                        upTo(39).map(key -> 39 - key))
                .as(Sprout::new)
                .list();
    }

    private static Arbitrary<ChildFailurePolicy> policy() {
        return Arbitraries.of(ChildFailurePolicy.class);
    }

    private static Arbitrary<Command> claiming() {
        return Combinators.combine(slot(), Arbitraries.of(2, 5, 100)).as(WorkerCommands.Claiming::new);
    }

    private static Arbitrary<Command> settlements() {
        Arbitrary<How> how = Arbitraries.frequency(
                Tuple.of(7, How.COMPLETE),
                Tuple.of(4, How.FAIL),
                Tuple.of(4, How.AWAIT_CHILDREN),
                Tuple.of(1, How.RETRY),
                Tuple.of(1, How.POSTPONE),
                Tuple.of(1, How.GIVE_BACK));
        return Combinators.combine(
                        any(),
                        how,
                        upTo(20).map(draw -> 20 - draw),
                        sprouts().ofMaxSize(5),
                        spoil(),
                        policy(),
                        Arbitraries.of(false, false, true))
                .as(WorkerCommands.Draw::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(WorkerCommands.Settlements::new);
    }

    private static Arbitrary<Integer> any() {
        return upTo(ANY - 1);
    }

    /** All equally likely. */
    private static Arbitrary<Integer> upTo(int highest) {
        return Arbitraries.integers().between(0, highest).withDistribution(RandomDistribution.uniform());
    }

    private static Arbitrary<Integer> slot() {
        return Arbitraries.of(0, 1);
    }

    /** What is said, one after the other. */
    record Script(Command first, List<Command> more) {
        List<Command> commands() {
            List<Command> all = new ArrayList<>(List.of(first));
            all.addAll(more);
            return all;
        }

        /** What was said is told where it went wrong, by the names of jobs. */
        @Override
        public String toString() {
            return 1 + more.size() + " commands";
        }
    }
}
