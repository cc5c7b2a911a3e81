package io.forthwith.store.kit.internal.random;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.JobProgress;
import io.forthwith.JobStatus;
import io.forthwith.store.Claim;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.kit.internal.random.AddCommands.Spoil;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What workers do, and the loss of a worker. */
final class WorkerCommands {
    private WorkerCommands() {}

    record Claiming(int slot, int limit) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            run.claim(slot, limit);
        }
    }

    /** One settlement; a stale one has another claim number, or another worker. */
    record Draw(
            int which,
            PlannedSettlement.How how,
            int stale,
            List<DrawnJob> jobs,
            Spoil spoil,
            ChildFailurePolicy onChildFailure,
            boolean cancelsOtherChildren) {
        Draw with(List<DrawnJob> otherDrawnJobs) {
            return new Draw(which, how, stale, otherDrawnJobs, spoil, onChildFailure, cancelsOtherChildren);
        }
    }

    /** Settles a batch. */
    record Settlements(List<Draw> draws) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            Map<String, PlannedSettlement> batch = new LinkedHashMap<>();
            for (Draw draw : draws) {
                String name = run.name(draw.which, job -> job.status == JobStatus.PROCESSING);
                if (!batch.containsKey(name) && run.model.jobs().has(name)) {
                    PlannedSettlement settling = settling(run, run.model.job(name), draw);
                    if (settling != null) {
                        batch.put(name, settling);
                    }
                }
            }
            run.settle(List.copyOf(batch.values()));
        }

        @Override
        public int size() {
            return draws.stream().mapToInt(draw -> DrawnJob.sizeOf(draw.jobs)).sum();
        }

        @Override
        public List<FamilyCommand> simpler() {
            List<FamilyCommand> simpler = new ArrayList<>();
            FamilyCommand.withoutOne(draws).forEach(fewer -> simpler.add(new Settlements(fewer)));
            for (int i = 0; i < draws.size(); i++) {
                for (List<DrawnJob> jobs : DrawnJob.simpler(draws.get(i).jobs)) {
                    List<Draw> changed = new ArrayList<>(draws);
                    changed.set(i, draws.get(i).with(jobs));
                    simpler.add(new Settlements(changed));
                }
            }
            return simpler;
        }

        /** Null for a job that was never claimed. */
        private static @Nullable PlannedSettlement settling(FamilyRun run, ModelJob job, Draw draw) {
            long claim = draw.stale == 1 ? job.claim - 1 : job.claim;
            String worker = draw.stale == 2 ? run.worker(draw.which) : job.holder;
            if (job.claim == 0) {
                return null;
            }
            boolean isSpawning = draw.how == PlannedSettlement.How.AWAIT_CHILDREN;
            List<PlannedJob> spawn = new ArrayList<>();
            if (isSpawning && run.model.jobs().level(job.name) < DrawnJob.MOST_LEVELS) {
                spawn.addAll(new DrawnJob.Call(run.model.jobs(), run.nextPrefix(), job.name).planned(draw.jobs));
                draw.spoil.in(spawn, run, draw.which);
            }
            boolean hasResult = isSpawning ? draw.which % 2 == 0 : draw.how == PlannedSettlement.How.COMPLETE;
            String result = hasResult ? run.nextResult() : null;
            return PlannedSettlement.of(job.name, claim, worker, draw.how, result)
                    .spawning(spawn, draw.onChildFailure, draw.cancelsOtherChildren);
        }
    }

    record Reporting(int which, int percent) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            List<ModelJob> running = run.jobs(job -> job.status == JobStatus.PROCESSING);
            if (running.isEmpty()) {
                return;
            }
            ModelJob job = running.get(which % running.size());
            Claim claim = run.cast.claim(job.name, job.claim, job.holder);
            JobProgress progress = ReadModelFactory.jobProgress(percent, 1, 2, "under way");
            run.ask("report " + percent + "% of " + job.name, () -> {
                run.store().report(List.of(new ProgressReport(claim, progress)));
                return "done";
            });
            run.model.report(job.name, job.claim, job.holder, progress);
        }
    }

    /** A worker is lost, and another worker takes its place. */
    record Losing(int slot, boolean isForgotten) implements FamilyCommand {
        @Override
        public void issue(FamilyRun run) {
            run.lose(slot, isForgotten);
        }
    }
}
