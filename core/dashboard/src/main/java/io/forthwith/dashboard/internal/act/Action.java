package io.forthwith.dashboard.internal.act;

import io.forthwith.dashboard.internal.http.Form;
import io.forthwith.dashboard.internal.view.Page;
import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.dashboard.internal.view.View;
import java.util.List;

/** Something that a viewer can do. It is thread-safe and has no state. */
interface Action {
    /** The words for it in addresses: {@code retry}. */
    List<String> words();

    /** Whether this viewer may do it. */
    boolean isAllowed(Rights access);

    /** Says what would be done, to how much, and asks. */
    Page.Content ask(View view, String word);

    /** Does it, and says what was done. */
    Page.Content act(View view, String word, Form form);
}
