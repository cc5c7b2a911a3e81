package io.forthwith.dashboard;

/**
 * Who may see and do what. It is asked for every request, on the thread of the request; if it throws, nobody may. In an application with a starter for
 * Spring Boot it is a bean.
 */
@FunctionalInterface
public interface DashboardAccess {
    /**
     * Says what the sender of a request may see and do.
     *
     * @param request for example with the user that the web server has authenticated: {@code request.carrier(HttpServletRequest.class)}
     */
    Access of(DashboardRequest request);
}
