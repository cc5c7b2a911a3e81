package io.forthwith.store.kit.internal.random;

import io.forthwith.JobStatus;
import io.forthwith.store.kit.internal.random.PlannedSettlement.How;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Draws commands that are worth issuing as things stand in the model: mostly such as do something, and some that are late. */
final class CommandGenerator {
    private static final List<String> SLOTS = List.of("A", "B", "C");
    private static final List<List<PlannedJob>> CALLS = List.of(
            List.of(ScenarioJobs.ALONE),
            List.of(ScenarioJobs.RIVAL),
            List.of(ScenarioJobs.SINGLE),
            List.of(ScenarioJobs.SINGLE, ScenarioJobs.ALONE, ScenarioJobs.RIVAL),
            ScenarioJobs.FAMILY,
            ScenarioJobs.FAMILY,
            ScenarioJobs.NEW_GROUP,
            List.of(ScenarioJobs.MEMBER),
            List.of(ScenarioJobs.LATE_MEMBER),
            List.of(ScenarioJobs.LATE_MEMBER, ScenarioJobs.MEMBER),
            List.of(ScenarioJobs.AFTER),
            List.of(ScenarioJobs.AFTER, ScenarioJobs.SINGLE),
            List.of(
                    ScenarioJobs.AFTER,
                    ScenarioJobs.END,
                    ScenarioJobs.MEMBER,
                    ScenarioJobs.SINGLE,
                    ScenarioJobs.GROUP));

    private static final List<How> ANY = List.of(How.values());

    private final Random random;
    private final CommandModel model;
    /** A worker has a new id, and so a new name, at every start. */
    private final Map<String, Integer> starts = new HashMap<>();

    CommandGenerator(Random random, CommandModel model) {
        this.random = random;
        this.model = model;
    }

    /** Whether an hour should pass. */
    boolean isTick() {
        return random.nextInt(12) == 0;
    }

    Command any() {
        int draw = random.nextInt(100);
        if (draw < 16) {
            return add();
        }
        return draw < 26 ? settle(3) : anyForRace();
    }

    /**
     * No batches, whose settlements are fenced each by itself, and with more of them there would be too many orders; and no
     * family is added, which others could be purging.
     */
    Command anyForRace() {
        int draw = random.nextInt(91);
        if (draw < 18) {
            return claim();
        } else if (draw < 46) {
            return settle(1);
        } else if (draw < 51) {
            return report(job());
        } else if (draw < 58) {
            return CommandFactory.cancel(job());
        } else if (draw < 67) {
            return CommandFactory.retry(job());
        } else if (draw < 70) {
            return CommandFactory.seal(random.nextInt(4) == 0 ? job() : ScenarioJobs.GROUP.name());
        } else if (draw < 74) {
            return CommandFactory.beat(worker());
        } else if (draw < 79) {
            return register();
        } else if (draw < 81) {
            return CommandFactory.deregister(worker());
        } else if (draw < 86) {
            return takeOver();
        } else if (draw < 88) {
            return CommandFactory.held(worker());
        }
        return purge();
    }

    private Command add() {
        List<PlannedJob> roles = CALLS.get(random.nextInt(CALLS.size()));
        return CommandFactory.add(roles, random.nextInt(4) == 0 ? ScenarioJobs.LATER : 0);
    }

    Command claim() {
        return CommandFactory.claim(worker(), random.nextBoolean() ? 100 : 1 + random.nextInt(2));
    }

    Command takeOver() {
        return CommandFactory.takeOver(List.copyOf(model.workersAndHolders()));
    }

    Command purge() {
        return random.nextBoolean() ? CommandFactory.purge(0, 0) : CommandFactory.purge(2, 3);
    }

    /** A worker that is not there starts; one that is repeats that it has. */
    Command register() {
        return register(slot());
    }

    Command register(String slot) {
        if (!model.workers().contains(nameIn(slot))) {
            starts.merge(slot, 1, Integer::sum);
        }
        return CommandFactory.register(nameIn(slot));
    }

    private String worker() {
        return nameIn(slot());
    }

    private String slot() {
        // The third worker is seldom there.
        return SLOTS.get(random.nextInt(5) == 0 ? 2 : random.nextInt(2));
    }

    String nameIn(String slot) {
        return slot + starts.getOrDefault(slot, 0);
    }

    private String job() {
        List<String> jobs = model.jobs().sortedNames();
        return jobs.isEmpty() || random.nextInt(30) == 0
                ? ScenarioJobs.SINGLE.name()
                : jobs.get(random.nextInt(jobs.size()));
    }

    /** Jobs most of which are processing. */
    private Command settle(int most) {
        List<String> jobs = new ArrayList<>();
        for (String name : model.jobs().sortedNames()) {
            if (model.job(name).status == JobStatus.PROCESSING || random.nextInt(4) == 0) {
                jobs.add(name);
            }
        }
        if (jobs.isEmpty()) {
            return claim();
        }
        Collections.shuffle(jobs, random);
        if (jobs.get(0).equals(ScenarioJobs.SINGLE.name()) && random.nextBoolean()) {
            // Alone: in a batch with others, whether the key of the spawned job is free would depend on the order of
            // the batch.
            Fence fence = fence(jobs.get(0));
            return CommandFactory.settle(List.of(PlannedSettlement.spawn(jobs.get(0), fence.claim, fence.worker)));
        }
        return CommandFactory.settle(
                jobs.stream().limit(most).map(job -> settling(job, how())).toList());
    }

    private How how() {
        int draw = random.nextInt(10);
        return draw < 3
                ? How.COMPLETE
                : draw < 4 ? How.COMPLETE_AND_DELETE : draw < 6 ? How.FAIL : ANY.get(random.nextInt(ANY.size()));
    }

    private PlannedSettlement settling(String name, How how) {
        Fence fence = fence(name);
        return PlannedSettlement.of(name, fence.claim, fence.worker, how);
    }

    Command report(String name) {
        Fence fence = fence(name);
        return CommandFactory.report(name, fence.claim, fence.worker, random.nextInt(100));
    }

    /** Two in three are right. */
    private Fence fence(String name) {
        ModelJob job = model.jobs().find(name);
        if (job == null) {
            return new Fence(1, worker());
        }
        return switch (random.nextInt(9)) {
            case 0 -> new Fence(job.claim - 1, job.holder);
            case 1 -> new Fence(job.claim, worker());
            case 2 -> new Fence(Math.max(1, job.claim - 1), worker());
            default -> new Fence(job.claim, job.holder);
        };
    }

    private record Fence(long claim, String worker) {}
}
