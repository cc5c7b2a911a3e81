package io.forthwith.dashboard.internal.view;

import static io.forthwith.dashboard.internal.html.Html.el;

import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.Node;
import io.forthwith.dashboard.internal.http.Form;
import org.jspecify.annotations.Nullable;

/** A page. It is thread-safe and has no state. */
public interface Page {
    int NOT_ALLOWED = 405;

    /** The word for it in addresses and in the keys of words; empty for the first page. */
    String path();

    /** Whether it is about one job or the jobs of the viewer, so that a viewer with jobs of one user or project only may see it. */
    default boolean isScoped() {
        return false;
    }

    /** Whether the frame links to it. */
    default boolean isInNavigation() {
        return true;
    }

    /** Whether the store has what it is about. */
    default boolean isOffered(Source source) {
        return true;
    }

    /** Whether the frame links to it for this viewer. */
    default boolean isFor(Rights access) {
        return true;
    }

    /** What stands between the frame. */
    Content content(View view);

    /** Does what a form asks for. It was sent by a page of this dashboard; whether the viewer may do it is for the page to say. */
    default Content act(View view, Form form) {
        return new Content(view.say("guard.readOnly"), el("p", view.say("guard.readOnly.detail")), NOT_ALLOWED);
    }

    /**
     * What a page shows.
     *
     * @param title of the page
     * @param body its cards
     * @param status of HTTP
     * @param location a relative link to the page that is shown instead; null for this one
     * @param heading the title, where it has names from the store; null if all of it is ours
     * @param health how things stand, if the page says it too, so that the frame says the same; null if the frame has to ask
     */
    record Content(
            String title,
            Node body,
            int status,
            @Nullable String location,
            @Nullable Node heading,
            @Nullable Concerns health) {
        public Content(String title, Node body) {
            this(title, body, 200);
        }

        public Content(String title, Node body, int status) {
            this(title, body, status, null, null, null);
        }

        /** With names from the store in its heading. */
        public Content headed(Node withNames) {
            return new Content(title, body, status, location, withNames, health);
        }

        /** A page that says how things stand. */
        public Content health(Concerns said) {
            return new Content(title, body, status, location, heading, said);
        }

        /** A page that says in a heading and a sentence why there is nothing else to see, or why nothing is done. */
        public static Content problem(View view, String key, int status) {
            return new Content(view.say(key), el("p", view.say(key + ".detail")), status);
        }

        /** Another page instead of this one; after a form, so that a reload does not send it again. The link is one of {@link View#link}. */
        public static Content redirect(String link) {
            return new Content("", Node.NONE, 200, link, null, null);
        }
    }
}
