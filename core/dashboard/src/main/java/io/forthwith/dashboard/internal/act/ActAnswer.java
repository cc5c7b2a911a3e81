package io.forthwith.dashboard.internal.act;

import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.client.JobClient;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.AuditWriter;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.View;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What has become of one change. Immutable.
 *
 * @param value what the store has answered; null if nothing is known
 * @param refusal why the library has refused it; null if it has not
 * @param problem why nothing is known; null if the store has answered
 */
record ActAnswer(@Nullable Object value, @Nullable String refusal, Answer.@Nullable Problem problem) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * What is changed, for the log and the audit.
     *
     * @param what is done
     * @param subject to what
     * @param more what else is to be known of it; empty if nothing is
     * @param reason why; null if none is given
     */
    record Told(
            String what,
            String subject,
            String more,
            @Nullable String reason) {
        /** Without anything more, and without a reason. */
        static Told of(String what, Object subject) {
            return new Told(what, subject.toString(), "", null);
        }

        /** With a reason. */
        Told because(@Nullable String why) {
            return new Told(what, subject, more, why);
        }

        private String line() {
            return what + " " + subject + more;
        }
    }

    /** Makes a change, and writes right after it, with the answer, to the log and into the audit that it was made. */
    static ActAnswer of(View view, Told told, Function<JobClient, ? extends @Nullable Object> change) {
        Answer<ActAnswer> answer = view.source()
                .ask(client -> {
                    try {
                        Object value = change.apply(client);
                        return audited(view, told, new ActAnswer(value == null ? "" : value, null, null));
                    } catch (IllegalArgumentException | UnsupportedOperationException e) {
                        return audited(view, told, new ActAnswer(null, String.valueOf(e.getMessage()), null));
                    }
                })
                .await(System.nanoTime() + PATIENCE.toNanos());
        if (answer.value() != null) {
            return answer.value();
        }
        return audited(view, told, new ActAnswer(null, null, answer.problem()));
    }

    /** What the store has answered is written by the thread that has asked it, also if nobody waits any more. */
    private static ActAnswer audited(View view, Told told, ActAnswer made) {
        Object outcome = made.refusal != null ? made.refusal : made.value != null ? made.value : made.problem;
        AuditWriter.did(view, told.line(), outcome);
        if (made.problem == null) {
            AuditWriter.store(view, told.what + told.more, told.subject, told.reason, outcome);
        }
        return made;
    }

    /** What is not known about changes after a problem; nothing if there was none. */
    static Node problem(View view, Answer.@Nullable Problem problem) {
        return problem == null
                ? Node.NONE
                : el(
                        "p",
                        css("problem"),
                        view.say(problem == Answer.Problem.NOT_BEGUN ? "act.notBegun" : "act.uncertain"));
    }

    /** Leads to a page that shows it; says so if it was refused, or if nothing is known. */
    Page.Content reply(View view, String link) {
        if (value instanceof Optional<?> found && found.isEmpty()) {
            return Page.Content.problem(view, "error.notFound", 404);
        }
        if (value != null) {
            return Page.Content.redirect(link);
        }
        return new Page.Content(
                view.say(refusal == null ? "act.unknown" : "act.refused"),
                refusal == null
                        ? problem(view, problem)
                        : el("p", view.say("act.refused.because"), " ", Parts.line(view, refusal)),
                refusal == null ? 503 : 400);
    }
}
