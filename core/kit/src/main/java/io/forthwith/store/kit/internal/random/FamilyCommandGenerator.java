package io.forthwith.store.kit.internal.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.PredecessorFailurePolicy;
import io.forthwith.store.kit.internal.random.AddCommands.Spoil;
import io.forthwith.store.kit.internal.random.PlannedSettlement.How;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Draws commands about families of any shape. */
final class FamilyCommandGenerator {
    private static final int ANY = 4_096;

    private final Random random;

    FamilyCommandGenerator(Random random) {
        this.random = random;
    }

    /** A family, and then 1 to {@code most} commands. */
    List<FamilyCommand> commands(int most) {
        List<FamilyCommand> commands = new ArrayList<>(List.of(adding(2, 8)));
        int more = 1 + random.nextInt(most);
        for (int i = 0; i < more; i++) {
            commands.add(command());
        }
        return commands;
    }

    private FamilyCommand command() {
        int draw = random.nextInt(96);
        if (draw < 13) {
            return adding(1, 6);
        } else if (draw < 17) {
            return new AddCommands.Repeating(any(), jobs(0, 2), spoil(), any());
        } else if (draw < 22) {
            return new AddCommands.Sealing(any());
        } else if (draw < 36) {
            return new WorkerCommands.Claiming(slot(), oneOf(2, 5, 100));
        } else if (draw < 70) {
            return new WorkerCommands.Settlements(list(1, 4, this::settlement));
        } else if (draw < 73) {
            return new WorkerCommands.Reporting(any(), random.nextInt(101));
        } else if (draw < 79) {
            return new OperatorCommands.Cancelling(any());
        } else if (draw < 87) {
            return new OperatorCommands.Retrying(any());
        } else if (draw < 89) {
            return new OperatorCommands.RetryingPage(oneOf(1, 3, 10, 100));
        } else if (draw < 93) {
            return new WorkerCommands.Losing(slot(), random.nextBoolean());
        }
        return new OperatorCommands.Purging();
    }

    private FamilyCommand adding(int least, int most) {
        return new AddCommands.Adding(jobs(least, most), oneIn(3), spoil(), any());
    }

    private Spoil spoil() {
        int draw = random.nextInt(32);
        if (draw < 27) {
            return Spoil.NOTHING;
        } else if (draw == 27) {
            return Spoil.PARENT;
        }
        return draw == 28 ? Spoil.PREDECESSOR : Spoil.WAITER;
    }

    private List<DrawnJob> jobs(int least, int most) {
        return list(least, most, this::job);
    }

    private DrawnJob job() {
        return new DrawnJob(
                random.nextInt(10),
                oneIn(3),
                oneIn(4),
                policy(),
                oneIn(3),
                list(0, 2, this::any),
                oneOf(PredecessorFailurePolicy.values()),
                random.nextInt(40));
    }

    private WorkerCommands.Draw settlement() {
        return new WorkerCommands.Draw(any(), how(), random.nextInt(21), jobs(0, 5), spoil(), policy(), oneIn(3));
    }

    private How how() {
        int draw = random.nextInt(18);
        if (draw < 7) {
            return How.COMPLETE;
        } else if (draw < 11) {
            return How.FAIL;
        } else if (draw < 15) {
            return How.AWAIT_CHILDREN;
        }
        return oneOf(How.RETRY_NOW, How.POSTPONE_NOW, How.GIVE_BACK);
    }

    private ChildFailurePolicy policy() {
        return oneOf(ChildFailurePolicy.values());
    }

    private int any() {
        return random.nextInt(ANY);
    }

    private int slot() {
        return random.nextInt(2);
    }

    private boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    @SafeVarargs
    private <T> T oneOf(T... all) {
        return all[random.nextInt(all.length)];
    }

    private <T> List<T> list(int least, int most, Supplier<T> draw) {
        return Stream.generate(draw)
                .limit(least + random.nextInt(most - least + 1))
                .toList();
    }
}
