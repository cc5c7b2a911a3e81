package io.forthwith.store.kit.internal.random;

import io.forthwith.ActResult;
import io.forthwith.JobProgress;
import io.forthwith.NewJob;
import io.forthwith.Retention;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ProgressReport;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settled;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Every call that changes a store, as a command. */
final class CommandFactory {
    private static final int PURGE_LIMIT = 100;

    private CommandFactory() {}

    // People

    static Command add(List<PlannedJob> roles, int delay) {
        return Command.of(
                "add " + roles.stream().map(PlannedJob::name).collect(Collectors.joining(", "))
                        + (delay == 0 ? "" : " for later"),
                (fixture, cast) -> added(fixture, cast, roles, delay),
                (model, locked) -> usual(model.add(roles, delay)));
    }

    private static List<String> added(StoreFixture fixture, ScenarioJobs cast, List<PlannedJob> roles, int delay) {
        List<EncodedJob> jobs =
                roles.stream().map(role -> cast.encode(fixture, role, delay)).toList();
        return fixture.store.add(jobs).stream()
                .map(each -> each.outcome() + " " + cast.name(each.id()))
                .toList();
    }

    static Command seal(String job) {
        return Command.of(
                "seal " + job,
                (fixture, cast) -> List.of(fixture.store
                        .seal(cast.id(job), Locale.ENGLISH)
                        .outcome()
                        .name()),
                (model, locked) -> List.of(model.seal(job).outcome().name()));
    }

    static Command cancel(String job) {
        return Command.of(
                "cancel " + job,
                (fixture, cast) -> List.of(fixture.store
                        .cancel(cast.id(job), Locale.ENGLISH)
                        .outcome()
                        .name()),
                (model, locked) -> List.of(model.cancel(job).outcome().name()));
    }

    static Command retry(String job) {
        return Command.of(
                "retry " + job,
                (fixture, cast) -> List.of(text(fixture.store.retry(cast.id(job)), cast)),
                (model, locked) -> List.of(usual(model.retry(job))));
    }

    private static String text(ActResult result, ScenarioJobs cast) {
        return result.outcome() + (result.conflictingId() == null ? "" : " with " + cast.name(result.conflictingId()));
    }

    /** The jobs of scenarios leave a store no choice. */
    private static <T> T usual(Set<T> answers) {
        return answers.iterator().next();
    }

    static Command purge(int ended, int failed) {
        return new Command(
                "purge after " + ended + " and " + failed + " ticks",
                (fixture, cast) -> deleted(fixture.store
                        .purge(
                                Retention.DEFAULT
                                        .completed(ScenarioJobs.lasting(ended))
                                        .failed(ScenarioJobs.lasting(failed)),
                                PURGE_LIMIT)
                        .jobs()),
                List.of((model, locked) -> deleted(model.purge(ended, failed, locked))),
                Command.Avoidance::anyEnded);
    }

    private static List<String> deleted(int jobs) {
        return List.of(jobs + " deleted");
    }

    // Workers

    static Command register(String worker) {
        return Command.of(
                "register " + worker,
                (fixture, cast) -> {
                    fixture.store.register(
                            ReadModelFactory.workerInfo(cast.id(worker), worker, "localhost", 1),
                            ScenarioJobs.lasting(CommandModel.LEASE));
                    return List.of();
                },
                (model, locked) -> {
                    model.register(worker);
                    return List.of();
                });
    }

    static Command deregister(String worker) {
        return Command.of(
                "deregister " + worker,
                (fixture, cast) -> {
                    fixture.store.deregister(cast.id(worker));
                    return List.of();
                },
                (model, locked) -> {
                    model.deregister(worker);
                    return List.of();
                });
    }

    static Command beat(String worker) {
        return Command.of(
                "beat of " + worker,
                (fixture, cast) -> {
                    BeatAnswer beat = fixture.store.beat(
                            cast.id(worker),
                            ScenarioJobs.lasting(CommandModel.LEASE),
                            ReadModelFactory.workerLoad(1, false));
                    return beat.alive()
                            ? Command.sorted(Command.names(beat.cancelRequested(), cast))
                            : CommandModel.DECLARED_DEAD;
                },
                (model, locked) -> model.beat(worker));
    }

    static Command held(String worker) {
        return Command.of(
                "held by " + worker,
                (fixture, cast) -> Command.sorted(Command.names(fixture.store.held(cast.id(worker)), cast)),
                (model, locked) -> model.held(worker));
    }

    static Command claim(String worker, int limit) {
        return new Command(
                "claim " + limit + " as " + worker,
                (fixture, cast) -> Command.names(
                        fixture.store.claim(request(cast, worker, limit)).stream()
                                .map(Claim::of)
                                .toList(),
                        cast),
                List.of((model, locked) -> model.claim(worker, limit, locked)),
                Command.Avoidance.whatIsNotNamed("#"));
    }

    private static ClaimRequest request(ScenarioJobs cast, String worker, int limit) {
        return new ClaimRequest(
                cast.id(worker),
                List.of(NewJob.DEFAULT_QUEUE),
                limit,
                Set.of(StoreFixture.TYPE.name()),
                StoreFixture.CAP);
    }

    /** @param batch of different jobs */
    static Command settle(List<PlannedSettlement> batch) {
        return Command.of(
                "settle " + batch.stream().map(PlannedSettlement::toString).collect(Collectors.joining(", ")),
                (fixture, cast) -> names(fixture.settleAll(batch.stream()
                        .map(settling -> settling.with(fixture, cast))
                        .toList())),
                (model, locked) -> names(model.settle(batch)));
    }

    private static List<String> names(List<Settled> answers) {
        return answers.stream().map(Settled::name).toList();
    }

    static Command report(String job, long claim, String worker, int percent) {
        JobProgress progress = ReadModelFactory.jobProgress(percent, 1, 2, "under way");
        return Command.of(
                "report " + percent + "% of " + job + "#" + claim + " as " + worker,
                (fixture, cast) -> {
                    fixture.report(List.of(new ProgressReport(cast.claim(job, claim, worker), progress)));
                    return List.of();
                },
                (model, locked) -> {
                    model.report(job, claim, worker, progress);
                    return List.of();
                });
    }

    /** One transaction for each dead worker, and one for jobs without a worker. */
    static Command takeOver(List<String> workers) {
        List<Command.Step> steps = new ArrayList<>();
        workers.forEach(worker -> steps.add((model, locked) -> model.takeFrom(worker, locked)));
        steps.add(CommandModel::takeOrphans);
        return new Command(
                "take over",
                (fixture, cast) -> Command.sorted(fixture.takeOver().stream()
                        .map(taken -> cast.name(taken.jobId()) + " " + taken.status() + " from "
                                + cast.name(taken.lostWorker()))
                        .toList()),
                steps,
                Command.Avoidance.whatIsNotNamed(" "));
    }
}
