package io.forthwith.dashboard.internal.job;

import static io.forthwith.dashboard.internal.html.Html.all;

import io.forthwith.FailedAttempt;
import io.forthwith.Job;
import io.forthwith.dashboard.internal.data.ParallelReads.Asked;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.view.JobPageBasics;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.Diagnosis;
import io.forthwith.insight.RegisteredWorker;
import java.util.List;

/** What happened to a job, and why is it not running? */
public final class JobDetailPage implements Page {
    @Override
    public String path() {
        return "job";
    }

    @Override
    public boolean isScoped() {
        return true;
    }

    @Override
    public boolean isInNavigation() {
        return false;
    }

    @Override
    public Content content(View view) {
        // Nothing else is read for a job that the viewer may not know of.
        return JobPageBasics.of(
                view,
                (client, id) -> JobPageBasics.seen(view, client.find(id)),
                job -> new Content(JobPageBasics.title(job), body(view, job)).headed(JobPageBasics.heading(job)));
    }

    private static Node body(View view, Job job) {
        Source source = view.source();
        Asked<List<RegisteredWorker>> workers = source.workers();
        Asked<List<FailedAttempt>> failures = source.ask(client -> client.failures(job.id()));
        Asked<Diagnosis> why = job.status().isFinal() ? null : source.ask(client -> client.why(job.id()));
        JobHands hands = JobHands.ask(view, job);
        JobTab tab = JobTab.of(view.param("tab"), job);
        JobTab.Opened opened = tab.open(view, job);
        JobPageData facts = new JobPageData(view, job, view.await(workers), view.await(failures));
        return all(
                JobHeader.card(facts, hands.row()),
                why == null ? null : JobWhy.card(view, view.await(why)),
                JobStory.card(facts),
                JobTab.bar(facts, tab),
                opened.show(facts));
    }
}
