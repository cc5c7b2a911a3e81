package io.forthwith.dashboard;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The names under which a server may be reached. A page of the web that lets a name of its own lead to this machine is none of them. Immutable. */
final class AllowedHostNames {
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Set<String> names;

    private AllowedHostNames(Set<String> names) {
        this.names = names;
    }

    /** The names of the machine itself. */
    static AllowedHostNames locally() {
        return new AllowedHostNames(LOCAL);
    }

    /** Also by another name. */
    AllowedHostNames by(String name) {
        Objects.requireNonNull(name, "host name must not be null: leave hostNames() out for localhost");
        String lower = name.toLowerCase(Locale.ROOT);
        if (!lower.equals(nameOf(lower))) {
            throw new IllegalArgumentException("A host name has no scheme, port or path, and one of IPv6 has brackets: "
                    + "jobs.example.org, 192.0.2.7 or [2001:db8::7]; this is none: " + name);
        }
        Set<String> all = new LinkedHashSet<>(names);
        all.add(lower);
        return new AllowedHostNames(Set.copyOf(all));
    }

    /** Also by the names of these origins. */
    AllowedHostNames by(Set<String> origins) {
        AllowedHostNames all = this;
        for (String origin : origins) {
            all = all.by(URI.create(origin).getHost());
        }
        return all;
    }

    /** Whether a request asks for one of the names: in its header {@code Host}, which it has once, and in its target, if that names a host. */
    boolean isAskedFor(@Nullable List<String> hosts, URI target) {
        if (hosts == null || hosts.size() != 1 || !isOne(hosts.get(0))) {
            return false;
        }
        String authority = target.getRawAuthority();
        return target.getScheme() == null || (authority != null && isOne(authority));
    }

    private boolean isOne(String host) {
        String name = nameOf(host.toLowerCase(Locale.ROOT));
        return name != null && names.contains(name);
    }

    /** The name without the port and without the dot that ends a full name; null if it is no name with a port. */
    private static @Nullable String nameOf(String host) {
        int colon = host.indexOf(':', host.startsWith("[") ? host.indexOf(']') + 1 : 0);
        String name = colon < 0 ? host : host.substring(0, colon);
        if (colon >= 0 && !host.substring(colon + 1).matches("[0-9]{1,5}")) {
            return null;
        }
        String full = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return full.matches("[a-z0-9._-]+|\\[[0-9a-f:.]+]") ? full : null;
    }
}
