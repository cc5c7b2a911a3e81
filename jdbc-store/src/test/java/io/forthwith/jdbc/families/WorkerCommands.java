package io.forthwith.jdbc.families;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.jdbc.families.AddCommands.Spoil;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.TakeOverRequest;
import io.forthwith.store.TakenOver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What workers do, and that they are lost. */
final class WorkerCommands {
    private WorkerCommands() {}

    record Claiming(int slot, int limit) implements Command {
        @Override
        public void issue(Duel duel) {
            duel.claim(slot, limit);
        }
    }

    /** One settlement; a stale one has another claim number, or another worker. */
    record Draw(
            int which,
            Settling.How how,
            int stale,
            List<Sprout> sprouts,
            Spoil spoil,
            ChildFailurePolicy onChildFailure,
            boolean cancelsSiblings) {
        Draw with(List<Sprout> otherSprouts) {
            return new Draw(which, how, stale, otherSprouts, spoil, onChildFailure, cancelsSiblings);
        }
    }

    /** Settles a batch. */
    record Settlements(List<Draw> draws) implements Command {
        @Override
        public void issue(Duel duel) {
            Map<String, Settling> batch = new LinkedHashMap<>();
            for (Draw draw : draws) {
                String name = duel.name(draw.which, job -> job.status == JobStatus.PROCESSING);
                if (!batch.containsKey(name) && duel.model.jobs().has(name)) {
                    Settling settling = settling(duel, duel.model.jobs().get(name), draw);
                    if (settling != null) {
                        batch.put(name, settling);
                    }
                }
            }
            duel.settle(List.copyOf(batch.values()));
        }

        @Override
        public int size() {
            return draws.stream().mapToInt(draw -> Sprout.sizeOf(draw.sprouts)).sum();
        }

        @Override
        public List<Command> simpler() {
            List<Command> simpler = new ArrayList<>();
            Command.withoutOne(draws).forEach(fewer -> simpler.add(new Settlements(fewer)));
            for (int i = 0; i < draws.size(); i++) {
                for (List<Sprout> sprouts : Sprout.simpler(draws.get(i).sprouts)) {
                    List<Draw> changed = new ArrayList<>(draws);
                    changed.set(i, draws.get(i).with(sprouts));
                    simpler.add(new Settlements(changed));
                }
            }
            return simpler;
        }

        /** Null for a job that was never claimed. */
        private static @Nullable Settling settling(Duel duel, Node job, Draw draw) {
            long claim = draw.stale == 1 ? job.claim - 1 : job.claim;
            String worker = draw.stale == 2 ? duel.worker(draw.which) : job.worker;
            if (job.claim == 0) {
                return null;
            }
            boolean isSpawning = draw.how == Settling.How.AWAIT_CHILDREN;
            List<Role> spawn = new ArrayList<>();
            if (isSpawning && duel.model.level(job.name) < Sprout.MOST_LEVELS) {
                spawn.addAll(new Sprout.Bed(duel.model, duel.nextPrefix(), job.name).roles(draw.sprouts));
                draw.spoil.in(spawn, duel, draw.which);
            }
            boolean hasResult = isSpawning ? draw.which % 2 == 0 : draw.how == Settling.How.COMPLETE;
            return new Settling(
                    job.name,
                    claim,
                    worker,
                    draw.how,
                    hasResult ? duel.nextResult() : null,
                    spawn,
                    draw.onChildFailure,
                    draw.cancelsSiblings);
        }
    }

    record Reporting(int which, int percent) implements Command {
        @Override
        public void issue(Duel duel) {
            List<Node> running = duel.jobs(job -> job.status == JobStatus.PROCESSING);
            if (running.isEmpty()) {
                return;
            }
            Node job = running.get(which % running.size());
            Claim claim = new Claim(duel.cast.id(job.name), job.claim, duel.cast.id(job.worker));
            duel.ask("report " + percent + "% of " + job.name, () -> {
                duel.store().report(List.of(new ProgressReport(claim, new JobProgress(percent, 0, null, null))));
                return "done";
            });
            duel.model.report(job.name, percent);
        }
    }

    /** A worker is lost, and another takes its place. */
    record Losing(int slot, boolean isForgotten) implements Command {
        @Override
        public void issue(Duel duel) {
            String lost = duel.worker(slot);
            if (isForgotten) {
                duel.store().deregister(duel.cast.id(lost));
            } else {
                duel.age(Duel.LEASE.plusSeconds(1));
                duel.store().beat(duel.cast.id(duel.otherWorker(slot)), Duel.LEASE);
            }
            List<TakenOver> answers = duel.ask(
                    "take over from " + lost,
                    () -> duel.store().takeOver(new TakeOverRequest(FamilyModel.CAP, Duration.ZERO, Locale.ENGLISH)));
            Map<String, JobStatus> wanted = duel.model.takeFrom(lost);
            Map<String, JobStatus> taken = new LinkedHashMap<>();
            for (TakenOver answer : answers) {
                String name = duel.cast.name(answer.jobId());
                taken.put(name, answer.status());
                // What follows from it may be told or not.
                if (answer.status() == duel.model.jobs().get(name).status) {
                    wanted.put(name, answer.status());
                }
                duel.check(answer.lostWorker(), duel.cast.id(lost));
            }
            duel.check(taken, wanted);
            duel.start(slot);
        }
    }
}
