package io.forthwith.store.rules;

import io.forthwith.JobQuery;
import io.forthwith.internal.NameRules;
import io.forthwith.internal.NullRules;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which metadata of a job are labels, for stores that have them. */
public final class LabelsOfMetadata {
    /** How many names can be declared. */
    public static final int MOST_NAMES = 5;

    private LabelsOfMetadata() {}

    /**
     * The declared names.
     *
     * @throws IllegalArgumentException if one is not valid, or is there twice, or there are more than five
     */
    public static Set<String> names(String... names) {
        NullRules.requireAll(names, "names", "give the names of metadata by which jobs are to be found");
        Set<String> declared = new TreeSet<>();
        for (String name : names) {
            if (!declared.add(NameRules.requireShort("Label", name))) {
                throw new IllegalArgumentException("Label \"" + name + "\" is declared twice");
            }
        }
        if (declared.size() > MOST_NAMES) {
            throw new IllegalArgumentException(
                    declared.size() + " labels are declared, " + Arrays.toString(names) + ": at most " + MOST_NAMES
                            + ", since each is a row more for a job. Declare those that people search for");
        }
        return Set.copyOf(declared);
    }

    /** The labels of a job with this metadata, by name. A value that is empty or longer than a label is none. */
    public static SortedMap<String, String> labels(Map<String, String> metadata, Set<String> declared) {
        if (metadata.isEmpty() || declared.isEmpty()) {
            return Collections.emptySortedMap();
        }
        SortedMap<String, String> labels = new TreeMap<>();
        for (String name : declared) {
            String value = metadata.get(name);
            if (value != null && !value.isEmpty() && value.length() <= JobQuery.Label.LONGEST_VALUE) {
                labels.put(name, value);
            }
        }
        return labels;
    }
}
