package io.forthwith.dashboard;

import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.act.ActPage;
import io.forthwith.dashboard.internal.data.Reads;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Words;
import io.forthwith.dashboard.internal.http.Asset;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.http.Guard;
import io.forthwith.dashboard.internal.http.Reply;
import io.forthwith.dashboard.internal.job.FamilyPage;
import io.forthwith.dashboard.internal.job.JobDetailPage;
import io.forthwith.dashboard.internal.page.Export;
import io.forthwith.dashboard.internal.page.FailuresPage;
import io.forthwith.dashboard.internal.page.JobsPage;
import io.forthwith.dashboard.internal.page.LimitKeyPage;
import io.forthwith.dashboard.internal.page.LimitsPage;
import io.forthwith.dashboard.internal.page.OverviewPage;
import io.forthwith.dashboard.internal.page.QueuesPage;
import io.forthwith.dashboard.internal.page.ScheduleRunsPage;
import io.forthwith.dashboard.internal.page.SchedulesPage;
import io.forthwith.dashboard.internal.page.WorkersPage;
import io.forthwith.dashboard.internal.view.Audit;
import io.forthwith.dashboard.internal.view.Concerns;
import io.forthwith.dashboard.internal.view.Layout;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.store.JobStore;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pages about the jobs of a store, for people who run it: answers requests with HTML, and changes what they ask for. It lets nobody in unless {@link #access}
 * says who may. It reads only while somebody looks, on at most two threads, so with two connections. A page takes at most about two seconds, and says what the store
 * has not answered by then; an action and a file may take twenty. Give it a store whose statements end then too: {@code
 * JdbcJobStore.of(dataSource).queryTimeout(Duration.ofSeconds(2))}.
 *
 * <p>Immutable: every setting returns a new value; and thread-safe. Nothing has to be closed: its threads are daemons and end when they have been idle for 5
 * seconds.
 */
public final class Dashboard {
    private static final Logger LOG = LoggerFactory.getLogger(Dashboard.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int FOUND = 302;
    private static final int SEE_OTHER = 303;
    private static final int LONGEST_NAME = 60;
    static final List<Page> PAGES = List.of(
            new OverviewPage(),
            new QueuesPage(),
            new LimitsPage(),
            new LimitKeyPage(),
            new JobsPage(),
            new JobDetailPage(),
            new FamilyPage(),
            new FailuresPage(),
            new SchedulesPage(),
            new ScheduleRunsPage(),
            new WorkersPage(),
            new ActPage());

    private final Source source;
    private final Clock clock;
    private final String name;
    /** Null until it is set: nobody may. */
    private final @Nullable DashboardAccess access;

    private final UnaryOperator<String> redactor;
    private final Set<String> publicOrigins;

    private Dashboard(
            Source source,
            Clock clock,
            String name,
            @Nullable DashboardAccess access,
            UnaryOperator<String> redactor,
            Set<String> publicOrigins) {
        this.source = source;
        this.clock = clock;
        this.name = name;
        this.access = access;
        this.redactor = redactor;
        this.publicOrigins = publicOrigins;
    }

    /** A dashboard for the jobs of a store. It lets nobody in until {@link #access} is set. */
    public static Dashboard of(JobStore store) {
        return of(store, Clock.systemUTC());
    }

    static Dashboard of(JobStore store, Clock clock) {
        Objects.requireNonNull(
                store, "store must not be null: give the store of the jobs, for example JdbcJobStore.of(dataSource)");
        return new Dashboard(
                new Source(store, new Reads(clock)), clock, "Forthwith", null, UnaryOperator.identity(), Set.of());
    }

    /** Who may see and do what. Without it, nobody may. */
    public Dashboard access(DashboardAccess rule) {
        Objects.requireNonNull(rule, "rule must not be null: leave access() out to let nobody in");
        return new Dashboard(source, clock, name, rule, redactor, publicOrigins);
    }

    /**
     * What is done to inputs, results, and texts of errors before they are shown; by default nothing. It is called with JSON, a message or a stack
     * trace; if it throws, the text is not shown.
     */
    public Dashboard redactor(UnaryOperator<String> change) {
        Objects.requireNonNull(change, "redactor must not be null: leave redactor() out to show all");
        return new Dashboard(source, clock, name, access, change, publicOrigins);
    }

    /** A name for the store, shown on every page: {@code Production}. By default {@code Forthwith}. */
    public Dashboard name(String storeName) {
        Objects.requireNonNull(storeName, "name must not be null: leave name() out for Forthwith");
        return new Dashboard(source, clock, Words.cut(storeName, LONGEST_NAME), access, redactor, publicOrigins);
    }

    /**
     * Where browsers find it, if a proxy stands between that does not pass on the header {@code Host} and the scheme as they were: {@code
     * https://jobs.example.org}. Forms that pages from there send are let in. Each call adds one.
     *
     * @param origin scheme, host and, unless it is the usual one, port; no path
     */
    public Dashboard publicOrigin(String origin) {
        Objects.requireNonNull(
                origin, "origin must not be null: leave publicOrigin() out if no proxy changes addresses");
        Set<String> all = new LinkedHashSet<>(publicOrigins);
        all.add(Guard.publicOrigin(origin));
        return new Dashboard(source, clock, name, access, redactor, Set.copyOf(all));
    }

    /** What {@link #publicOrigin} has added. */
    Set<String> publicOrigins() {
        return publicOrigins;
    }

    /** Whether {@link #access} was set. */
    boolean isOpenToSomebody() {
        return access != null;
    }

    /** Answers a request. It never throws: what goes wrong is logged, and the answer says that it went wrong. */
    public DashboardResponse handle(DashboardRequest request) {
        try {
            return new DashboardResponse(answer(request));
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("The dashboard cannot answer {}", Audit.line(request.path()), e);
            return new DashboardResponse(
                    Reply.plain(500, "This page has failed. The log of the application says why."));
        }
    }

    private Reply answer(DashboardRequest request) {
        boolean isRead = request.method().equals("GET") || request.method().equals("HEAD");
        if (!isRead && !request.method().equals("POST")) {
            return notAllowed();
        }
        if (request.path().isEmpty()) {
            return Reply.plain(404, "The address of the dashboard ends in a slash.");
        }
        String path = request.path().substring(1);
        Rights allowed = allowed(request);
        if (!allowed.views()) {
            return Reply.plain(403, "You may not see this page.");
        }
        Asset asset = Asset.of(path);
        if (asset != null) {
            return isRead ? asset.response(request) : notAllowed();
        }
        View view = new View(request, allowed, words(request), source, this::redacted, clock.instant(), deadline());
        Export export = Export.of(path);
        if (export != null) {
            return isRead ? export.response(view) : notAllowed();
        }
        List<Page> open = PAGES.stream()
                .filter(page -> page.isScoped() || !allowed.isScoped())
                .toList();
        Page page = open.stream()
                .filter(each -> each.path().equals(path))
                .findFirst()
                .orElse(null);
        if (page == null && path.isEmpty() && !open.isEmpty()) {
            // The first page is about the whole; this viewer begins with the first that is not.
            page = open.get(0);
        }
        if (page == null) {
            return document(
                    view,
                    null,
                    open,
                    new Page.Content(view.say("error.notFound"), el("p", view.say("error.notFound.detail")), 404));
        }
        if (!isRead) {
            return acted(view, page, open);
        }
        // How things stand is read at the same time as the page: if the page is slow, that is known all the same.
        health(view);
        return answered(view, page, open, page.content(view), FOUND);
    }

    /** Begins to read how things stand, if that was not read lately; null if the viewer may not know. */
    private Concerns.@Nullable Reading health(View view) {
        return view.access().isScoped() ? null : Concerns.Reading.begin(source, view.now());
    }

    private Reply acted(View view, Page page, List<Page> open) {
        Form form;
        try {
            form = new Guard(publicOrigins).form(view.request());
        } catch (Guard.Refused e) {
            LOG.warn(
                    "A form that {} has sent to /{} is refused: {}",
                    Audit.line(view.access().who()),
                    page.path(),
                    e.reason());
            return Reply.plain(e.status(), e.reason());
        }
        Page.Content content = page.act(view, form);
        // To act may take longer than a page may.
        return answered(view.at(clock.instant(), deadline()), page, open, content, SEE_OTHER);
    }

    /** The page, or the way to another one. */
    private Reply answered(View view, Page page, List<Page> open, Page.Content content, int onTheWay) {
        if (content.location() == null) {
            return document(view, page, open, content);
        }
        Map<String, String> headers = Reply.headers("text/plain; charset=utf-8");
        headers.put("Location", content.location());
        return new Reply(onTheWay, headers, new byte[0]);
    }

    private static Reply notAllowed() {
        Map<String, String> headers = Reply.headers("text/plain; charset=utf-8");
        headers.put("Allow", "GET, HEAD");
        return new Reply(Page.NOT_ALLOWED, headers, "This page can only be read.\n".getBytes(StandardCharsets.UTF_8));
    }

    private Reply document(View view, @Nullable Page page, List<Page> open, Page.Content content) {
        Concerns.Reading reading = health(view);
        Concerns health = reading == null ? null : Concerns.of(view, reading);
        List<Page> shown = open.stream()
                .filter(each -> each.isInNavigation() && each.isOffered(source))
                .toList();
        String html = Layout.document(view, name, page, shown, health, content);
        String tag = Asset.tag(html.replace(view.words().exact(view.now()), ""));
        Map<String, String> headers = Reply.headers("text/html; charset=utf-8");
        headers.put("ETag", tag);
        headers.put("Vary", "Accept-Language, Cookie, Authorization");
        if (content.status() == Page.NOT_ALLOWED) {
            headers.put("Allow", "GET, HEAD");
        }
        boolean isRead = !view.request().method().equals("POST");
        if (isRead && content.status() == 200 && tag.equals(view.request().header("If-None-Match"))) {
            return new Reply(304, headers, new byte[0]);
        }
        return new Reply(content.status(), headers, html.getBytes(StandardCharsets.UTF_8));
    }

    private static long deadline() {
        return System.nanoTime() + PATIENCE.toNanos();
    }

    private Rights allowed(DashboardRequest request) {
        try {
            Access allowed = access == null ? null : access.of(request);
            return (allowed == null ? Access.none() : allowed).rights();
        } catch (RuntimeException e) {
            LOG.error("The rule of access has failed, so nobody may see the dashboard", e);
            return Access.none().rights();
        }
    }

    private String redacted(String text) {
        try {
            String shown = redactor.apply(text);
            return shown == null ? "" : shown;
        } catch (RuntimeException | StackOverflowError e) {
            // Regular expressions fail with the latter on long texts.
            LOG.error("The redactor has failed, so a text is not shown", e);
            return "…";
        }
    }

    private static Words words(DashboardRequest request) {
        String language = request.parameter("lang");
        if (language != null) {
            return Words.in(Locale.forLanguageTag(language));
        }
        String accepted = request.header("Accept-Language");
        if (accepted == null) {
            return Words.in(Locale.ENGLISH);
        }
        try {
            Locale best = Locale.lookup(Locale.LanguageRange.parse(accepted), List.of(Locale.ENGLISH, Locale.CHINESE));
            return Words.in(best == null ? Locale.ENGLISH : best);
        } catch (IllegalArgumentException e) {
            return Words.in(Locale.ENGLISH);
        }
    }
}
