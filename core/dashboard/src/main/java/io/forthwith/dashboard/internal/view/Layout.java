package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.attr;
import static io.forthwith.dashboard.internal.html.Html.attrIf;
import static io.forthwith.dashboard.internal.html.Html.css;
import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.html.Icons;
import io.forthwith.dashboard.internal.html.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The frame around each page: where one is, where one can go, and how things stand. */
public final class Layout {
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

    /** Carries the language on in a form. */
    public static Node language(View view) {
        return view.param("lang") == null
                ? Node.NONE
                : Parts.hidden("lang", view.words().locale().getLanguage());
    }

    private static Node foot(View view, @Nullable Page page) {
        boolean isChinese = view.words().locale().getLanguage().equals("zh");
        String other = isChinese ? "en" : "zh";
        return el(
                "footer",
                el(
                        "span",
                        attr("id", "asof"),
                        view.say("live.asOf", view.words().exact(view.now()))),
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
