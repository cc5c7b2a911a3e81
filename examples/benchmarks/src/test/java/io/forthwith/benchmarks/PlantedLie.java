package io.forthwith.benchmarks;

import io.forthwith.insight.BoundedCount;
import io.forthwith.insight.JobOutcomes;
import io.forthwith.insight.JobOutcomes.Outcome;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.QueueState;
import io.forthwith.limit.LimitState;
import io.forthwith.limit.WaitingJobs;
import io.forthwith.store.JobStore;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.count.JobFailures;
import io.forthwith.store.count.OutcomeStore;
import io.forthwith.store.count.QueueTypes;
import io.forthwith.store.limit.LimitStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Something that a store or a page could get wrong. */
record PlantedLie(String name, Function<JobStore, JobStore> plant) {
    /** The same store, but it lies. */
    JobStore in(JobStore store) {
        return plant.apply(store);
    }

    static List<PlantedLie> all() {
        return List.of(
                new PlantedLie(
                        "at least a thousand are due",
                        queues(state -> state.queue().equals("q01") ? due(state, 1_000) : state)),
                new PlantedLie("none runs", queues(state -> state.queue().equals("q11") ? idle(state) : state)),
                new PlantedLie(
                        "one more completed each minute",
                        outcomes(each -> each.outcome() == Outcome.COMPLETED
                                        && each.type().equals("t001")
                                ? 1
                                : 0)),
                new PlantedLie(
                        "none is tried again", outcomes(each -> each.outcome() == Outcome.RETRIED ? -each.jobs() : 0)),
                new PlantedLie(
                        "one less failed each minute", outcomes(each -> each.outcome() == Outcome.FAILED ? -1 : 0)),
                new PlantedLie("all attempts are counted twice", outcomes(JobOutcomes::jobs)),
                new PlantedLie("a cause is missing", failures(all -> all.subList(0, 1))),
                new PlantedLie(
                        "half of the attempts of each cause",
                        failures(all -> all.stream().map(PlantedLie::half).toList())),
                new PlantedLie("a worker is missing", lying("workers", answer -> ((List<?>) answer).subList(0, 499))),
                new PlantedLie(
                        "a queue is missing",
                        lying("queues", answer -> ((List<?>) answer).subList(1, ((List<?>) answer).size()))),
                new PlantedLie("one job less is counted", lying("countUpTo", answer -> less((BoundedCount) answer))),
                new PlantedLie("a job is not found", lying("search", answer -> without((JobPage) answer))),
                new PlantedLie("one job less of a type is due", lying("types", answer -> less((QueueTypes) answer))),
                new PlantedLie(
                        "the newest attempt is missing",
                        inCounts("attempts", answer -> ((List<?>) answer).subList(1, ((List<?>) answer).size()))),
                new PlantedLie("no key is paused", inLimits("paused", answer -> List.of())),
                new PlantedLie("others come first", inLimits("waitingJobs", answer -> reversed((WaitingJobs) answer))),
                new PlantedLie(
                        "one job less waits for a key",
                        inLimits(
                                "states",
                                answer -> ((List<?>) answer)
                                        .stream()
                                                .map(each -> fewer((LimitState) each))
                                                .toList())));
    }

    private static Function<JobStore, JobStore> queues(Function<QueueState, QueueState> change) {
        return lying(
                "queues",
                answer -> ((List<?>) answer)
                        .stream().map(each -> change.apply((QueueState) each)).toList());
    }

    @Override
    public String toString() {
        return name;
    }

    private static QueueState due(QueueState state, int jobs) {
        return ReadModelFactory.queueState(
                state.queue(),
                new BoundedCount(jobs, false),
                state.scheduled(),
                state.limited(),
                state.running(),
                state.oldestAge(),
                state.pause());
    }

    private static QueueState idle(QueueState state) {
        return ReadModelFactory.queueState(
                state.queue(),
                state.due(),
                state.scheduled(),
                state.limited(),
                BoundedCount.NONE,
                state.oldestAge(),
                state.pause());
    }

    private static JobFailures half(JobFailures each) {
        return new JobFailures(
                each.fingerprint(),
                each.type(),
                each.code(),
                each.exceptionClass(),
                each.message(),
                each.attempts() / 2,
                each.jobs(),
                each.sampleId(),
                each.firstAt(),
                each.lastAt());
    }

    private static Function<JobStore, JobStore> outcomes(ToLongFunction<JobOutcomes> more) {
        return inCounts(
                "read",
                answer -> ((List<?>) answer)
                        .stream()
                                .map(each -> (JobOutcomes) each)
                                .map(each -> ReadModelFactory.jobOutcomes(
                                        each.from(),
                                        each.span(),
                                        each.queue(),
                                        each.type(),
                                        each.outcome(),
                                        each.jobs() + more.applyAsLong(each),
                                        each.waits(),
                                        each.runs()))
                                .toList());
    }

    private static Function<JobStore, JobStore> failures(Function<List<JobFailures>, List<JobFailures>> change) {
        return inCounts(
                "failures",
                answer -> change.apply(((List<?>) answer)
                        .stream().map(each -> (JobFailures) each).toList()));
    }

    private static BoundedCount less(BoundedCount count) {
        return new BoundedCount(Math.max(0, count.jobs() - 1), count.isExact());
    }

    private static QueueTypes less(QueueTypes types) {
        return new QueueTypes(
                types.types().stream()
                        .map(each ->
                                new QueueTypes.OfType(each.type(), each.due() - 1, each.scheduled(), each.limited()))
                        .toList(),
                types.areAll());
    }

    private static JobPage without(JobPage page) {
        return page.jobs().isEmpty()
                ? page
                : ReadModelFactory.jobPage(
                        page.jobs().subList(1, page.jobs().size()), page.next(), page.searchedBackTo());
    }

    private static WaitingJobs reversed(WaitingJobs jobs) {
        List<UUID> first = new ArrayList<>(jobs.first());
        Collections.reverse(first);
        return ReadModelFactory.waitingJobs(first, jobs.parts(), jobs.areAll());
    }

    private static LimitState fewer(LimitState state) {
        return ReadModelFactory.limitState(
                state.key(),
                state.limit(),
                state.isOverridden(),
                state.pause(),
                state.running(),
                state.waiting() - 1,
                state.nextStart(),
                state.restsUntil(),
                state.first());
    }

    private static Function<JobStore, JobStore> inLimits(String call, Function<Object, Object> change) {
        return lying(
                "limits",
                answer -> ((Optional<?>) answer)
                        .map(limits -> proxy(LimitStore.class, (LimitStore) limits, call, change)));
    }

    private static Function<JobStore, JobStore> inCounts(String call, Function<Object, Object> change) {
        return lying(
                "outcomes",
                answer -> ((Optional<?>) answer)
                        .map(counts -> proxy(OutcomeStore.class, (OutcomeStore) counts, call, change)));
    }

    private static Function<JobStore, JobStore> lying(String call, Function<Object, Object> change) {
        return store -> proxy(JobStore.class, store, call, change);
    }

    private static <T> T proxy(Class<T> type, T of, String call, Function<Object, Object> change) {
        return type.cast(Proxy.newProxyInstance(
                PlantedLie.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        Object answer = method.invoke(of, arguments);
                        return method.getName().equals(call) ? change.apply(answer) : answer;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                }));
    }
}
