package io.forthwith.dashboard.internal.page;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.AuditText;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.Layout;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Parts;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.Table;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.store.act.AuditEntry;
import io.forthwith.store.act.AuditPage;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who has done what? It is for viewers who see data, because it names people and addresses. */
public final class AuditLogPage implements Page {
    private static final String WHO = "who";
    private static final String BEFORE = "before";
    private static final String ENTRY = "entry";
    private static final int PAGE = 50;
    /** An entry may have five hundred. */
    private static final int FEW = 20;

    private static final int LONGEST_REASON = 240;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    @Override
    public String path() {
        return "audit";
    }

    @Override
    public boolean isOffered(Source source) {
        return source.audit().isPresent();
    }

    @Override
    public boolean isFor(Rights access) {
        return access.seesAudit();
    }

    @Override
    public Content content(View view) {
        if (!view.access().seesAudit()) {
            return Content.problem(view, "audit.forbidden", FORBIDDEN);
        }
        if (view.source().audit().isEmpty()) {
            return Content.problem(view, "audit.notKept", 200);
        }
        String who = text(view, WHO);
        String subject = text(view, JobFilter.ID);
        UUID entry = JobFilter.uuid(view.param(ENTRY));
        if (entry == null && view.param(ENTRY) != null) {
            return Content.problem(view, "error.notFound", NOT_FOUND);
        }
        Answer<AuditPage> answer = entry == null
                ? view.await(view.source().audit(who, subject, JobFilter.uuid(view.param(BEFORE)), PAGE))
                : view.await(view.source().audit(null, null, after(entry), 1));
        Node body = Parts.card(
                view,
                "audit",
                view.say("nav.audit"),
                answer,
                page -> all(
                        entry != null
                                        && page.entries().stream()
                                                .noneMatch(each -> each.id().equals(entry))
                                ? Parts.empty(view.say("audit.noEntry"))
                                : page.entries().isEmpty()
                                        ? Parts.empty(view.say(page.next() == null ? "audit.none" : "audit.noneYet"))
                                        : table(view, page.entries(), entry == null ? FEW : Integer.MAX_VALUE),
                        entry == null ? next(view, page, who, subject) : null));
        return new Content(
                view.say("nav.audit"),
                all(
                        entry == null ? form(view, who, subject) : null,
                        body,
                        entry == null ? null : el("p", Parts.link(view.link("audit"), view.say("audit.back")))));
    }

    /** The lowest id above: a look before it begins with the entry itself. */
    private static UUID after(UUID entry) {
        long low = entry.getLeastSignificantBits() + 1;
        return new UUID(entry.getMostSignificantBits() + (low == 0 ? 1 : 0), low);
    }

    /** A text that can be looked for; null if it is none, or cannot be stored. */
    private static @Nullable String text(View view, String name) {
        String text = view.param(name);
        return text == null || JobFilter.problem(view, JobFilter.QUEUE, text) != null ? null : text;
    }

    private static Node form(View view, @Nullable String who, @Nullable String subject) {
        return el(
                "form",
                css("filters"),
                attr("action", "audit"),
                attr("method", "get"),
                Layout.language(view),
                field(view, WHO, "audit.who", who),
                field(view, JobFilter.ID, "audit.subject", subject),
                el("button", view.say("jobs.filter.apply")));
    }

    private static Node field(View view, String name, String word, @Nullable String value) {
        return el(
                "label",
                view.say(word),
                " ",
                el(
                        "input",
                        attr("name", name),
                        attr("value", value == null ? "" : value),
                        attr("maxlength", JobFilter.LONGEST),
                        attr("autocomplete", "off")));
    }

    private static Node table(View view, List<AuditEntry> entries, int most) {
        return new Table<AuditEntry>()
                .text(view.say("audit.at"), entry -> view.words().time(entry.at()))
                .text(
                        view.say("audit.who"),
                        entry -> Parts.link(
                                view.link("audit", WHO, entry.author().who()),
                                Parts.name(entry.author().who())))
                .column(view.say("audit.what"), "what", entry -> what(view, entry))
                .text(view.say("audit.subject"), entry -> subjects(view, entry, most))
                .column(
                        view.say("audit.answer"),
                        "message",
                        entry -> foreign(PageTexts.cut(AuditText.answer(view, entry.answer()), LONGEST_REASON)))
                .text(
                        view.say("audit.address"),
                        entry -> optional(view, entry.author().address()))
                .minor()
                .line(entry -> reason(view, entry))
                .of(entries);
    }

    private static Node what(View view, AuditEntry entry) {
        return all(
                foreign(AuditText.what(view, entry.what())),
                entry.act() == null
                        ? null
                        : all(
                                " ",
                                Parts.link(view.link(ActNames.ALL, JobFilter.ID, entry.act()), view.say("audit.act"))));
    }

    private static @Nullable Node reason(View view, AuditEntry entry) {
        Node reason = optional(view, entry.author().reason());
        return reason == null ? null : all(el("span", css("muted"), view.say("audit.reason"), " "), reason);
    }

    private static @Nullable Node optional(View view, @Nullable String text) {
        return text == null ? null : foreign(view.redacted(text, LONGEST_REASON));
    }

    private static @Nullable Node subjects(View view, AuditEntry entry, int most) {
        List<String> all = entry.subjects();
        if (all.size() == 1) {
            return subject(view, all.get(0));
        }
        if (all.isEmpty()) {
            return null;
        }
        Node some = all(all.stream()
                .limit(most)
                .map(each -> all(subject(view, each), " "))
                .toList());
        return el(
                "details",
                attr("id", "entry-" + entry.id()),
                el("summary", view.say("audit.jobs", all.size())),
                some,
                all.size() <= most
                        ? null
                        : Parts.link(view.link("audit", ENTRY, entry.id()), view.say("audit.all", all.size())));
    }

    private static Node subject(View view, String subject) {
        UUID job = JobFilter.uuid(subject);
        return job == null ? Parts.secret(view, subject) : Parts.jobLink(view, job);
    }

    private static @Nullable Node next(View view, AuditPage page, @Nullable String who, @Nullable String subject) {
        return page.next() == null || page.searchedBackTo() == null
                ? null
                : el(
                        "p",
                        css("pages"),
                        view.say("audit.backTo", view.words().exact(page.searchedBackTo())),
                        " ",
                        Parts.link(
                                view.link("audit", WHO, who, JobFilter.ID, subject, BEFORE, page.next()),
                                view.say("audit.older")));
    }
}
