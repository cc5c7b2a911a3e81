package io.forthwith.dashboard;

import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.act.ActPage;
import io.forthwith.dashboard.internal.data.ParallelReads;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.http.Asset;
import io.forthwith.dashboard.internal.http.ControlCharacters;
import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.http.Guard;
import io.forthwith.dashboard.internal.http.Reply;
import io.forthwith.dashboard.internal.job.FamilyPage;
import io.forthwith.dashboard.internal.job.JobDetailPage;
import io.forthwith.dashboard.internal.page.ActsPage;
import io.forthwith.dashboard.internal.page.AuditLogPage;
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
import io.forthwith.dashboard.internal.view.AuditWriter;
import io.forthwith.dashboard.internal.view.Concerns;
import io.forthwith.dashboard.internal.view.Layout;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.Sentence;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.internal.LoggedException;
import io.forthwith.store.JobStore;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
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
 * has not answered by then; an action and a file may take twenty. An act on many jobs goes on after the answer, on one of these threads. Give it a store whose statements end then too: {@code
 * JdbcJobStore.of(dataSource).queryTimeout(Duration.ofSeconds(2))}.
 *
 * <p>Immutable: every setting returns a new value; and thread-safe. Nothing has to be closed: its threads are daemons and end when they have been idle for 5
 * seconds.
 */
public final class Dashboard {
    private static final Logger LOG = LoggerFactory.getLogger(Dashboard.class);
    /** How long a page waits for all that it reads. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int BAD_REQUEST = 400;
    private static final int TOO_MANY = 429;
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
            new ActsPage(),
            new AuditLogPage(),
            new ActPage());

    private final JobStore store;
    private final Source source;
    /** For what stands above each page. */
    private final Source header;

    private final Clock clock;
    private final String name;
    /** Null until it is set: nobody may. */
    private final @Nullable DashboardAccess access;

    private final Redactor redactor;
    private final Set<String> publicOrigins;

    private Dashboard(
            JobStore store,
            Source source,
            Clock clock,
            String name,
            @Nullable DashboardAccess access,
            Redactor redactor,
            Set<String> publicOrigins) {
        this.store = store;
        this.source = source;
        this.header = source.later();
        this.clock = clock;
        this.name = name;
        this.access = access;
        this.redactor = redactor;
        this.publicOrigins = publicOrigins;
    }

    /** A dashboard for the jobs of a store. It lets nobody in until {@link #access} is set. */
    public static Dashboard of(JobStore store) {
        return of(store, Clock.systemUTC(), PATIENCE);
    }

    static Dashboard of(JobStore store, Clock clock, Duration patience) {
        Objects.requireNonNull(
                store, "store must not be null: give the store of the jobs, for example JdbcJobStore.of(dataSource)");
        Source source = new Source(store, new ParallelReads(clock, Redactor.NONE, patience));
        return new Dashboard(store, source, clock, "Forthwith", null, Redactor.NONE, Set.of());
    }

    /** Who may see and do what. Without it, nobody may. */
    public Dashboard access(DashboardAccess rule) {
        Objects.requireNonNull(rule, "rule must not be null: leave access() out to let nobody in");
        return new Dashboard(store, source, clock, name, rule, redactor, publicOrigins);
    }

    /**
     * What is done to texts that may hold secrets before they are shown or logged; by default nothing. It is called with inputs and results as JSON, with messages
     * and stack traces, with error codes, names and parts of steps, unique keys and keys of limits and sequences, and with metadata: each name, each value, and each pair as {@code
     * name: value}. If it throws, the text is not shown. A name that it changes is shown without a link, because the link would hold it.
     */
    public Dashboard redactor(UnaryOperator<String> change) {
        Objects.requireNonNull(change, "redactor must not be null: leave redactor() out to show all");
        Redactor safe = new Redactor(change);
        // What reads logs what goes wrong, so it has the redactor too.
        Source redacted = new Source(store, new ParallelReads(clock, safe, source.patience()));
        return new Dashboard(store, redacted, clock, name, access, safe, publicOrigins);
    }

    /** A name for the store, shown on every page: {@code Production}. By default {@code Forthwith}. */
    public Dashboard name(String storeName) {
        Objects.requireNonNull(storeName, "name must not be null: leave name() out for Forthwith");
        return new Dashboard(
                store, source, clock, PageTexts.cut(storeName, LONGEST_NAME), access, redactor, publicOrigins);
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
        return new Dashboard(store, source, clock, name, access, redactor, Set.copyOf(all));
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
        return handle(request, allowed(request));
    }

    DashboardResponse handle(DashboardRequest request, Rights allowed) {
        try {
            return new DashboardResponse(answer(request, allowed));
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error(
                    "The dashboard cannot answer {}",
                    AuditWriter.line(request.path()),
                    LoggedException.of(e, redactor));
            return new DashboardResponse(
                    Reply.plain(500, "This page has failed. The log of the application says why."));
        }
    }

    private Reply answer(DashboardRequest request, Rights allowed) {
        if (!isRead(request) && !request.method().equals("POST")) {
            return notAllowed();
        }
        if (request.path().isEmpty()) {
            return Reply.plain(404, "The address of the dashboard ends in a slash.");
        }
        if (!allowed.views()) {
            return Reply.plain(403, "You may not see this page.");
        }
        View view = view(request, allowed);
        ControlCharacters bad = ControlCharacters.in(request);
        return bad == null ? answer(view, request.path().substring(1)) : refused(view, bad);
    }

    private View view(DashboardRequest request, Rights allowed) {
        return new View(
                request, allowed, words(request).timesIn(zone(request)), source, redactor, clock.instant(), deadline());
    }

    /** Says that too many requests wait. It asks the store for nothing, not even for what it offers, so it has no links to pages. */
    Reply busy(DashboardRequest request, Rights allowed, String why, int most) {
        View view = view(request, allowed);
        Page.Content content = new Page.Content(view.say("error.busy"), el("p", view.say(why, most)), TOO_MANY);
        return document(view, null, List.of(), content, null);
    }

    private static boolean isRead(DashboardRequest request) {
        return request.method().equals("GET") || request.method().equals("HEAD");
    }

    private Reply answer(View view, String path) {
        boolean isRead = isRead(view.request());
        Asset asset = Asset.of(path);
        if (asset != null) {
            return isRead ? asset.response(view.request()) : notAllowed();
        }
        Export export = Export.of(path);
        if (export != null) {
            return isRead ? export.response(view) : notAllowed();
        }
        List<Page> open = open(view);
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
        // How things stand is read at the same time as the page, and lets its reads pass: if the page is slow, that is
        // known all the same.
        health(view);
        return answered(view, page, open, page.content(view), FOUND);
    }

    /** The pages that the viewer may see. */
    private static List<Page> open(View view) {
        return PAGES.stream()
                .filter(page -> page.isScoped() || !view.access().isScoped())
                .toList();
    }

    /** Says what is wrong with a request, without a look at the store. */
    private Reply refused(View view, ControlCharacters bad) {
        Page.Content content = new Page.Content(
                view.say("error.control"),
                el("p", Sentence.of(view, "error.control." + bad.place(), foreign(bad.name()))),
                BAD_REQUEST);
        return document(view, null, open(view), content, null);
    }

    /** Begins to read how things stand, if that was not read lately; null if the viewer may not know. */
    private Concerns.@Nullable Reading health(View view) {
        return view.access().isScoped() ? null : Concerns.Reading.begin(header, view.now());
    }

    private Reply acted(View view, Page page, List<Page> open) {
        Form form;
        try {
            form = new Guard(publicOrigins).form(view.request());
        } catch (Guard.Refused e) {
            LOG.warn(
                    "A form that {} has sent to /{} is refused: {}",
                    AuditWriter.line(view.access().who()),
                    page.path(),
                    e.reason());
            return Reply.plain(e.status(), e.reason());
        }
        ControlCharacters bad = ControlCharacters.in(form);
        if (bad != null) {
            return refused(view, bad);
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
        if (content.health() != null) {
            return document(view, page, open, content, content.health());
        }
        Concerns.Reading reading = health(view);
        return document(view, page, open, content, reading == null ? null : Concerns.of(view, reading));
    }

    private Reply document(
            View view, @Nullable Page page, List<Page> open, Page.Content content, @Nullable Concerns health) {
        List<Page> shown = open.stream()
                .filter(each -> each.isInNavigation() && each.isOffered(source) && each.isFor(view.access()))
                .toList();
        String html = Layout.document(view, name, page, shown, health, content);
        String tag = Asset.tag(html.replace(view.words().exact(view.now()), "")
                .replace(view.now().toString(), ""));
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

    private long deadline() {
        return System.nanoTime() + source.patience().toNanos();
    }

    /** What the rule of access lets the sender of a request see and do; nothing if it fails. */
    Rights allowed(DashboardRequest request) {
        try {
            Access allowed = access == null ? null : access.of(request);
            return (allowed == null ? Access.none() : allowed).rights();
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error(
                    "The rule of access has failed, so nobody may see the dashboard", LoggedException.of(e, redactor));
            return Access.none().rights();
        }
    }

    /** The zone that a viewer has chosen; UTC for none, and for one that is not known here. */
    private static ZoneId zone(DashboardRequest request) {
        ZoneId chosen = PageTexts.zone(request.parameter(View.ZONE));
        return chosen == null ? ZoneOffset.UTC : chosen;
    }

    /** In the language of a request. */
    static PageTexts words(DashboardRequest request) {
        String language = request.parameter("lang");
        if (language != null) {
            return PageTexts.in(Locale.forLanguageTag(language));
        }
        String accepted = request.header("Accept-Language");
        if (accepted == null) {
            return PageTexts.in(Locale.ENGLISH);
        }
        try {
            Locale best = Locale.lookup(Locale.LanguageRange.parse(accepted), List.of(Locale.ENGLISH, Locale.CHINESE));
            return PageTexts.in(best == null ? Locale.ENGLISH : best);
        } catch (IllegalArgumentException e) {
            return PageTexts.in(Locale.ENGLISH);
        }
    }
}
