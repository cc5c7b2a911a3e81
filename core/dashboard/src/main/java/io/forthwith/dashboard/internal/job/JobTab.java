package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.JobStep;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.View;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The parts of the page about a job of which one is open. Only that one reads what it needs. */
public enum JobTab {
    ATTEMPTS {
        @Override
        Opened open(View view, Job job) {
            return JobAttempts::card;
        }
    },
    STEPS {
        @Override
        Opened open(View view, Job job) {
            Asked<List<JobStep>> steps = view.source().ask(client -> client.steps(job.id()));
            return facts -> JobSteps.card(facts, view.await(steps));
        }
    },
    FAMILY {
        @Override
        Opened open(View view, Job job) {
            Asked<JobRelatives> relatives = view.source().ask(client -> JobRelatives.read(client, view, job));
            return facts -> JobRelatives.card(view, job, view.await(relatives));
        }
    },
    PAYLOAD {
        @Override
        Opened open(View view, Job job) {
            return facts -> JobPayload.card(view, job);
        }
    },
    FACTS {
        @Override
        Opened open(View view, Job job) {
            return JobDetails::card;
        }
    };

    /** A tab whose reads have begun. */
    @FunctionalInterface
    interface Opened {
        Node show(JobPageData facts);
    }

    abstract Opened open(View view, Job job);

    /** Its word in an address. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The tab of a word; for every other word the family of a parent that never ran itself, and the attempts of other jobs. */
    static JobTab of(@Nullable String word, Job job) {
        return Arrays.stream(values())
                .filter(tab -> tab.word().equals(word))
                .findFirst()
                .orElse(job.relations().isParent() && job.attempt() == 0 ? FAMILY : ATTEMPTS);
    }

    /** Links to all of them. */
    static Node bar(JobPageData facts, JobTab chosen) {
        View view = facts.view();
        return el(
                "div",
                attr("id", "tabs"),
                attr("data-live", ""),
                css("tabs"),
                Arrays.stream(values())
                        .map(tab -> el(
                                "a",
                                attr("href", view.link("job", "id", facts.job().id(), "tab", tab.word()) + "#tabs"),
                                attrIf(tab == chosen, "aria-current", "true"),
                                view.say("job.tab." + tab.word()),
                                tab == ATTEMPTS ? number(facts) : null))
                        .toList());
    }

    private static @Nullable String number(JobPageData facts) {
        List<FailedAttempt> failures = facts.failures().value();
        return failures == null || failures.isEmpty()
                ? null
                : " " + facts.view().words().number(failures.size());
    }
}
