package io.forthwith.dashboard.internal.data;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobStep;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What is known of whether jobs that failed in the same way can be retried. Immutable.
 *
 * @param prospect a word for what a retry may come to, by the newest job
 * @param usedUp how many had more than one attempt and used up all that they had
 * @param mostAttempts how many attempts one of them had at the most
 */
public record RetryAdvice(String prospect, int usedUp, int mostAttempts) {
    private static final int MOST_STEPS = 5;
    /** Codes of the library for errors that the worker tries again by itself. */
    private static final Set<String> PASSING = Set.of(
            "timeout",
            "connection",
            "temporary",
            "not_ready",
            "http_408",
            "http_429",
            "http_502",
            "http_503",
            "http_504");

    private static final Set<String> OF_RELATIVES =
            Set.of("child_failed", "child_cancelled", "predecessor_failed", "predecessor_cancelled");

    /**
     * About a group.
     *
     * @param jobs the newest one first
     */
    public static RetryAdvice of(List<Job> jobs) {
        return new RetryAdvice(
                prospect(jobs.get(0)),
                (int) jobs.stream().filter(RetryAdvice::hasUsedUp).count(),
                jobs.stream().mapToInt(Job::attempt).max().orElse(0));
    }

    private static String prospect(Job job) {
        String code = job.errorCode() == null ? "" : job.errorCode();
        if (job.errorKind() == JobError.Kind.USER) {
            return "user";
        }
        if (OF_RELATIVES.contains(code)) {
            return "relatives";
        }
        return switch (code) {
            case "worker_lost" -> "lost";
            case "unknown_job_type" -> "unknown";
            case "expired" -> "expired";
            default -> PASSING.contains(code) || hasUsedUp(job) ? "passing" : "mend";
        };
    }

    /** Then the last error was one that is tried again. Not known of a job whose processor says how many attempts it has. */
    private static boolean hasUsedUp(Job job) {
        return job.maxAttempts() != null && job.attempt() > 1 && job.attempt() >= job.maxAttempts();
    }

    /** What a retry may come to, in one sentence. */
    public String sentence(PageTexts words) {
        return words.say("failures.prospect." + prospect);
    }

    /**
     * All that is known.
     *
     * @param steps of the newest job
     * @param redactor of their names
     */
    public Node list(PageTexts words, List<JobStep> steps, UnaryOperator<String> redactor) {
        long undone = steps.stream().filter(JobStep::hasUndo).count();
        return el(
                "ul",
                el("li", el("b", sentence(words))),
                usedUp == 0 ? null : el("li", words.say("failures.usedUp", usedUp, mostAttempts)),
                steps.isEmpty()
                        ? el("li", words.say("failures.noSteps"))
                        : el("li", words.say("failures.steps", steps.size()), " ", names(steps, redactor)),
                undone == 0 ? null : el("li", words.say("failures.undo", undone)));
    }

    private static Node names(List<JobStep> steps, UnaryOperator<String> redactor) {
        List<Object> names = new ArrayList<>();
        for (JobStep step : steps.subList(0, Math.min(MOST_STEPS, steps.size()))) {
            names.add(names.isEmpty() ? "" : ", ");
            names.add(foreign(redactor.apply(step.name())));
        }
        return all(names, steps.size() > MOST_STEPS ? ", …" : ".");
    }
}
