package io.forthwith.store.kit.internal.random;

import io.forthwith.store.Claim;
import io.forthwith.store.kit.fixture.StoreFixture;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * One call of a store, and the same call of the model. Both answer with a list of short texts. {@link CommandFactory} makes commands.
 * Immutable.
 *
 * @param text the line of the trace
 * @param call calls the store and puts its answer into words
 * @param steps the transactions that the call consists of, in any order; their answers together are the answer of the call
 * @param avoidance the jobs that the call may have skipped because other commands had locked them
 */
record Command(String text, Call call, List<Step> steps, Avoidance avoidance) {
    static final Predicate<String> NONE = job -> false;

    /** A call that waits for locks and skips nothing. */
    static Command of(String text, Call call, Step step) {
        return new Command(text, call, List.of(step), (model, answer) -> List.of(NONE));
    }

    /** The answer of the model when no other command runs. */
    List<String> applyTo(CommandModel model) {
        List<String> answer = new ArrayList<>();
        steps.forEach(step -> answer.addAll(step.applyTo(model, NONE)));
        return steps.size() == 1 ? answer : sorted(answer);
    }

    static List<String> sorted(Collection<String> answer) {
        return answer.stream().sorted().toList();
    }

    static List<String> names(Collection<Claim> claims, ScenarioJobs cast) {
        return claims.stream()
                .map(claim -> cast.name(claim) + "#" + claim.number())
                .toList();
    }

    @Override
    public String toString() {
        return text;
    }

    /** The call of the store. */
    interface Call {
        List<String> on(StoreFixture fixture, ScenarioJobs cast);
    }

    /** One transaction of the model. */
    interface Step {
        List<String> applyTo(CommandModel model, Predicate<String> locked);
    }

    /** The possible sets of jobs that other commands had locked at that moment, given the answer of the call. */
    interface Avoidance {
        /** The answer names the jobs that were not locked: {@code name}, {@code separator} and more. */
        static Avoidance whatIsNotNamed(String separator) {
            return (model, answer) ->
                    List.of(NONE, job -> answer.stream().noneMatch(each -> each.startsWith(job + separator)));
        }

        /** The answer names no jobs, so any of the ended ones may have been locked. */
        static List<Predicate<String>> anyEnded(CommandModel model, List<String> answer) {
            List<String> ended = model.jobs().all().stream()
                    .filter(job -> job.status.isFinal())
                    .map(job -> job.name)
                    .toList();
            List<Predicate<String>> subsets = new ArrayList<>();
            for (int members = 0; members < 1 << ended.size(); members++) {
                int subset = members;
                subsets.add(job -> ended.contains(job) && (subset >> ended.indexOf(job) & 1) == 1);
            }
            return subsets;
        }

        List<Predicate<String>> locked(CommandModel model, List<String> answer);
    }
}
