package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.all;
import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;
import static io.forthwith.dashboard.internal.html.Html.foreign;

import io.forthwith.dashboard.internal.html.Icons;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.html.PageTexts;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The frame around each page: where one is, where one can go, and how things stand. */
public final class Layout {
    private static final int LONGEST_SHOWN = 40;

    private Layout() {}

    /**
     * A page as a document of HTML.
     *
     * @param page the page that is shown; null for one about an error
     * @param pages all that this viewer may see
     * @param health how things stand; null if the viewer may not know
     */
    public static String document(
            View view,
            String storeName,
            @Nullable Page page,
            List<Page> pages,
            @Nullable Concerns health,
            Page.Content content) {
        Node document = el(
                "html",
                attr("lang", view.words().locale().getLanguage()),
                el(
                        "head",
                        el("meta", attr("charset", "utf-8")),
                        el("meta", attr("name", "viewport"), attr("content", "width=device-width, initial-scale=1")),
                        el("meta", attr("name", "color-scheme"), attr("content", "light dark")),
                        // With the header's no-referrer, browsers send "Origin: null" with a form, and where there is
                        // no TLS, nothing else says whose it is.
                        el("meta", attr("name", "referrer"), attr("content", "same-origin")),
                        el("title", content.title() + " · " + storeName),
                        el("link", attr("rel", "icon"), attr("href", icon(health))),
                        el("link", attr("rel", "stylesheet"), attr("href", "style.css")),
                        el("script", attr("src", "script.js"), attr("defer", ""))),
                el(
                        "body",
                        attr("data-old", view.say("live.old")),
                        attr("data-asof", view.say("live.asOf")),
                        attr("data-zone", PageTexts.name(view.words().zone())),
                        el("a", css("skip"), attr("href", "#main"), view.say("nav.skip")),
                        navigation(view, page, pages),
                        el(
                                "div",
                                css("column"),
                                top(view, storeName, health),
                                el(
                                        "main",
                                        attr("id", "main"),
                                        attr("tabindex", "-1"),
                                        back(view),
                                        unknownZone(view),
                                        el("h1", content.heading() == null ? content.title() : content.heading()),
                                        content.body()),
                                foot(view, page))));
        return "<!doctype html>\n" + document + "\n";
    }

    private static String icon(@Nullable Concerns health) {
        return "icon-" + (health == null ? "unknown" : health.tone()) + ".svg";
    }

    private static Node navigation(View view, @Nullable Page page, List<Page> pages) {
        return el(
                "nav",
                attr("aria-label", view.say("nav.label")),
                pages.stream()
                        .map(each -> el(
                                "a",
                                attr("href", view.link(each.path())),
                                attr("data-key", each.path().isEmpty() ? "o" : each.path()),
                                attrIf(each == page, "aria-current", "page"),
                                Icons.of(each.path()),
                                el("span", view.say("nav." + (each.path().isEmpty() ? "overview" : each.path())))))
                        .toList());
    }

    private static Node top(View view, String storeName, @Nullable Concerns health) {
        return el(
                "header",
                el("span", css("store"), storeName),
                health == null
                        ? null
                        : el(
                                "a",
                                attr("id", "health"),
                                attr("data-live", ""),
                                css("health h-" + health.tone()),
                                attr("href", view.link("")),
                                health.sentence(view)),
                el(
                        "form",
                        css("jump"),
                        attr("action", "jobs"),
                        attr("method", "get"),
                        attr("role", "search"),
                        language(view),
                        el(
                                "input",
                                attr("type", "search"),
                                attr("name", "jump"),
                                attr("id", "jump"),
                                attr("maxlength", JobFilter.LONGEST),
                                attr("autocomplete", "off"),
                                attr("aria-label", view.say("jump.label")),
                                attr("placeholder", view.say("jump.label")))));
    }

    /** The way back to the list from which the page was opened; nothing if it was opened elsewhere. */
    private static Node back(View view) {
        String link = WayBack.link(view);
        return link == null ? Node.NONE : el("p", css("back"), Parts.link(link, "« ", view.say("back.list")));
    }

    /** Says that times are not in the zone that the address names; nothing if they are. */
    private static Node unknownZone(View view) {
        String name = view.param(View.ZONE);
        return name == null || PageTexts.zone(name) != null
                ? Node.NONE
                : el(
                        "p",
                        css("problem"),
                        Sentence.of(view, "zone.unknown", foreign(PageTexts.cut(name, LONGEST_SHOWN))));
    }

    /** Carries in a form the way back to this list on to a page. */
    public static Node wayBack(View view, String page) {
        String back = WayBack.of(view, page);
        return back == null ? Node.NONE : Parts.hidden(WayBack.PARAMETER, back);
    }

    /** Carries the language, and the zone of times, on in a form. */
    public static Node language(View view) {
        ZoneId zone = view.words().zone();
        return all(
                view.param("lang") == null
                        ? null
                        : Parts.hidden("lang", view.words().locale().getLanguage()),
                PageTexts.isUtc(zone) ? null : Parts.hidden(View.ZONE, zone.getId()));
    }

    /** Links to the zones in which times can be written: UTC, that of the server, and, by the script, that of the browser. */
    private static Node zones(View view, String page) {
        Set<String> names = new LinkedHashSet<>(List.of(
                PageTexts.name(ZoneOffset.UTC),
                PageTexts.name(ZoneId.systemDefault()),
                PageTexts.name(view.words().zone())));
        List<Node> links = new ArrayList<>();
        for (String name : names) {
            links.add(el(
                    "a",
                    attr("href", view.linkWithZone(name, page)),
                    attrIf(name.equals(PageTexts.name(view.words().zone())), "aria-current", "true"),
                    name));
        }
        links.add(el("a", attr("id", "zone-here"), attr("hidden", ""), attr("href", view.linkWithZone("", page))));
        return el(
                "span",
                css("zones"),
                attr("role", "group"),
                attr("aria-label", view.say("zone.label")),
                view.say("zone.label"),
                links);
    }

    private static Node foot(View view, @Nullable Page page) {
        boolean isChinese = view.words().locale().getLanguage().equals("zh");
        String other = isChinese ? "en" : "zh";
        return el(
                "footer",
                el(
                        "span",
                        attr("id", "asof"),
                        Sentence.of(view, "live.asOf", view.words().time(view.now()))),
                " ",
                zones(view, page == null ? "" : page.path()),
                " ",
                el(
                        "a",
                        attr("href", view.linkIn(other, page == null ? "" : page.path())),
                        attr("lang", other),
                        attr("hreflang", other),
                        isChinese ? "English" : "中文"),
                " ",
                el(
                        "details",
                        attr("id", "keys"),
                        el("summary", view.say("keys.title")),
                        el("p", view.say("keys.text"))));
    }
}
