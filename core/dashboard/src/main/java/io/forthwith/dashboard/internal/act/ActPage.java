package io.forthwith.dashboard.internal.act;

import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.ActNames;
import io.forthwith.dashboard.internal.view.AuditWriter;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.View;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks before it does what a viewer wants, and says afterwards what was done. */
public final class ActPage implements Page {
    private static final List<Action> ACTIONS = List.of(
            new JobsAction(),
            new QueueAction(),
            new LimitAction(),
            new SkipFailedInSequenceAction(),
            new ScheduleAction(),
            new BackfillAction());
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    @Override
    public String path() {
        return ActNames.PATH;
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
        String word = view.param(ActNames.DO);
        Action action = action(word);
        if (word == null || action == null) {
            return Content.problem(view, "error.notFound", NOT_FOUND);
        }
        return action.isAllowed(view.access())
                ? action.ask(view, word)
                : Content.problem(view, "act.forbidden", FORBIDDEN);
    }

    @Override
    public Content act(View view, Form form) {
        String word = view.param(ActNames.DO);
        Action action = action(word);
        if (word == null || action == null) {
            return Content.problem(view, "error.notFound", NOT_FOUND);
        }
        if (!action.isAllowed(view.access())) {
            AuditWriter.refused(view, word);
            return Content.problem(view, "act.forbidden", FORBIDDEN);
        }
        return action.act(view, word, form);
    }

    private static @Nullable Action action(@Nullable String word) {
        return ACTIONS.stream()
                .filter(action -> word != null && action.words().contains(word))
                .findFirst()
                .orElse(null);
    }
}
