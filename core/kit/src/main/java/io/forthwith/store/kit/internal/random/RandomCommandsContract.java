package io.forthwith.store.kit.internal.random;

import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Random commands of two or three workers and of people on a few jobs, one after the other and at the same moment, compared with {@link
 * CommandModel}.
 *
 * <p>Some rounds are the same in every run, the others are new. A failure prints the number of its round. {@code -Dforthwith.kit.round=}
 * with that number runs only this round, over and over; {@code -Dforthwith.kit.rounds=} is the number of new rounds.
 */
public abstract class RandomCommandsContract {
    /** These are the same in every run. */
    private static final int KNOWN = 10;

    private static final int NEW_SEQUENCES = 20;
    private static final int COMMANDS = 50;
    private static final int NEW_RACES = 80;
    private static final int AGAIN = 200;

    public abstract StoreFixture fixture();

    @Test
    @DisplayName("every answer and every row equals the model's when commands run one after the other")
    void oneAfterTheOther() {
        run(NEW_SEQUENCES, number -> {
            RandomRun round = new RandomRun(fixture(), number);
            round.issue(round.source.register("A"));
            round.issue(round.source.register("B"));
            for (int i = 0; i < COMMANDS; i++) {
                round.random();
                round.compareRows();
            }
            round.end();
        });
    }

    @Test
    @DisplayName("the answers and rows of two or three commands at the same moment equal those of one order of them")
    void atTheSameMoment() {
        run(NEW_RACES, number -> {
            RandomRun round = new RandomRun(fixture(), number);
            RaceSetting meeting = new RaceSetting(round);
            Race race = Race.ALL.get(Math.floorMod(number, Race.ALL.size()));
            meeting.prepare(race.scene());
            round.compareRows();
            List<Command> commands = new ArrayList<>(
                    List.of(race.one().apply(meeting), race.other().apply(meeting)));
            if (round.random.nextBoolean()) {
                commands.add(round.source.anyForRace());
            }
            round.race(commands);
            round.end();
        });
    }

    private static void run(int newRounds, LongConsumer round) {
        Long chosen = Long.getLong("forthwith.kit.round");
        if (chosen != null) {
            for (int i = 0; i < AGAIN; i++) {
                round.accept(chosen);
            }
            return;
        }
        for (long known = 0; known < KNOWN; known++) {
            round.accept(known);
        }
        long first = ThreadLocalRandom.current().nextLong(Integer.MAX_VALUE);
        int rounds = Integer.getInteger("forthwith.kit.rounds", newRounds);
        System.out.println("Random commands: rounds " + first + " to " + (first + rounds - 1));
        for (long each = first; each < first + rounds; each++) {
            round.accept(each);
        }
    }
}
