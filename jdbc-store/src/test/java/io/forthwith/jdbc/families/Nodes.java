package io.forthwith.jdbc.families;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The jobs of the model, by name, in the order in which they were added; and who is whose child. */
final class Nodes {
    private final Map<String, Node> byName = new LinkedHashMap<>();
    private final Map<String, List<Node>> byParent = new HashMap<>();

    void add(Node node) {
        byName.put(node.name, node);
        if (node.parent != null) {
            byParent.computeIfAbsent(node.parent, key -> new ArrayList<>()).add(node);
        }
    }

    /** Nobody comes after it any more, also if another one gets its name. */
    void remove(Node node) {
        byName.remove(node.name);
        byName.values().forEach(other -> other.predecessors.remove(node.name));
        if (node.parent != null) {
            byParent.get(node.parent).remove(node);
        }
    }

    Collection<Node> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    Set<String> names() {
        return Collections.unmodifiableSet(byName.keySet());
    }

    boolean has(@Nullable String name) {
        return byName.containsKey(name);
    }

    /** Null if it never was, or is no longer there. */
    @Nullable
    Node find(@Nullable String name) {
        return byName.get(name);
    }

    Node get(String name) {
        return Objects.requireNonNull(byName.get(name), name);
    }

    @Nullable
    Node parentOf(Node job) {
        return find(job.parent);
    }

    /** The finisher included. */
    List<Node> childrenOf(String parent) {
        return byParent.getOrDefault(parent, List.of());
    }

    /** The children of a parent without its finisher. */
    List<Node> firstPartsOf(String parent) {
        return childrenOf(parent).stream().filter(child -> child.place > 0).toList();
    }

    @Nullable
    Node finisherOf(String parent) {
        return childrenOf(parent).stream().filter(Node::isFinisher).findFirst().orElse(null);
    }

    /** How many ancestors a job has, up to one that is no longer there. */
    int depth(@Nullable Node job) {
        return job == null || job.parent == null ? 0 : 1 + depth(parentOf(job));
    }

    /** The open job that holds a unique key. */
    @Nullable
    Node holderOf(@Nullable String key) {
        return byName.values().stream()
                .filter(job -> key != null && key.equals(job.key) && job.isOpen())
                .findFirst()
                .orElse(null);
    }
}
