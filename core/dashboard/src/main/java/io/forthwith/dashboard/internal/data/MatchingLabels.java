package io.forthwith.dashboard.internal.data;

import io.forthwith.JobQuery;
import io.forthwith.client.JobClient;
import io.forthwith.insight.JobPage;
import io.forthwith.insight.LabelName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a text has found as a label: as {@code order=4711} or {@code order 4711} under that name, and as {@code 4711} under each name. Immutable.
 *
 * @param searched the names under which it was looked for
 * @param found those labels that jobs have, or may have: then not all of them were looked at
 */
public record MatchingLabels(List<LabelName> searched, List<Hit> found) {
    /** Nothing was searched. */
    public static final MatchingLabels NONE = new MatchingLabels(List.of(), List.of());

    /** A label and the first of its jobs. */
    public record Hit(JobQuery.Label label, JobPage jobs) {}

    /** Copies both. */
    public MatchingLabels {
        searched = List.copyOf(searched);
        found = List.copyOf(found);
    }

    /** Looks for a text among the jobs of a query. */
    static MatchingLabels read(JobClient client, JobQuery visible, String text) {
        List<LabelName> searched = new ArrayList<>();
        List<Hit> found = new ArrayList<>();
        List<LabelName> names = client.labels();
        for (LabelName name : names) {
            int end = name.name().length();
            if (text.startsWith(name.name())
                    && text.length() > end
                    && (text.charAt(end) == '=' || text.charAt(end) == ' ')) {
                look(client, visible, name, text.substring(end + 1), searched, found);
            }
        }
        // A value may begin as a label does.
        if (found.isEmpty()) {
            searched.clear();
            names.forEach(name -> look(client, visible, name, text, searched, found));
        }
        return new MatchingLabels(searched, found);
    }

    private static void look(
            JobClient client,
            JobQuery visible,
            LabelName name,
            String value,
            List<LabelName> searched,
            List<Hit> found) {
        JobQuery.Label label = label(name.name(), value);
        if (label == null) {
            return;
        }
        searched.add(name);
        JobPage jobs = client.search(visible.label(label.name(), label.value()).atMost(2));
        if (!jobs.jobs().isEmpty() || jobs.next() != null) {
            found.add(new Hit(label, jobs));
        }
    }

    /** The label with this name and value; null if there can be none. */
    public static JobQuery.@Nullable Label label(String name, String value) {
        try {
            return new JobQuery.Label(name, value);
        } catch (IllegalArgumentException no) {
            return null;
        }
    }
}
