package io.forthwith.benchmarks;

import io.forthwith.dashboard.Access;
import io.forthwith.dashboard.Dashboard;
import io.forthwith.dashboard.DashboardRequest;
import io.forthwith.dashboard.DashboardResponse;
import io.forthwith.store.JobStore;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Asks for pages of the dashboard. */
final class DashboardPages {
    private final Supplier<Dashboard> dashboard;

    private DashboardPages(Supplier<Dashboard> dashboard) {
        this.dashboard = dashboard;
    }

    /** Each time as the first who looks: nothing was read before. */
    DashboardPages(JobStore store) {
        this(() -> dashboard(store));
    }

    /** Each time by the same dashboard, which remembers for a few seconds what it has read, and the days of the month that are over. */
    static DashboardPages by(Dashboard same) {
        Dashboard one = open(same);
        return new DashboardPages(() -> one);
    }

    private static Dashboard dashboard(JobStore store) {
        return open(Dashboard.of(store));
    }

    private static Dashboard open(Dashboard dashboard) {
        return dashboard.access(request -> Access.view("benchmark").payloads());
    }

    /**
     * Asks for a page and checks that all of it is there.
     *
     * @param address what follows the first slash: {@code jobs?status=failed}
     */
    DashboardResponse get(String address) {
        DashboardResponse response = show(address);
        int problem = response.text().indexOf("class=\"problem\"");
        if (response.status() != 200 || problem >= 0) {
            throw new IllegalStateException("The page " + address + " is not there as a whole: " + response.status()
                    + (problem < 0
                            ? ""
                            : ", " + response.text().substring(problem).split("</", 2)[0]));
        }
        return response;
    }

    /** Asks for a page, whatever is missing on it. */
    DashboardResponse show(String address) {
        int question = address.indexOf('?');
        String path = question < 0 ? address : address.substring(0, question);
        Map<String, List<String>> query = question < 0 ? Map.of() : parameters(address.substring(question + 1));
        return dashboard
                .get()
                .handle(DashboardRequest.of("GET", "/" + path).query(query).carriedBy(this));
    }

    private static Map<String, List<String>> parameters(String query) {
        return Arrays.stream(query.split("&", -1))
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(
                        pair -> pair[0], pair -> List.of(pair[1]), (first, second) -> first, LinkedHashMap::new));
    }
}
