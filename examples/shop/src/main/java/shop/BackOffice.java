package shop;

import io.forthwith.dashboard.Access;
import io.forthwith.dashboard.DashboardAccess;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The dashboard of the jobs, for the clerk, who has a password. In an application with Spring Security, that says who somebody is. */
@Configuration(proxyBeanMethods = false)
class BackOffice {
    static final String CLERK = "clerk";

    @Bean
    DashboardAccess dashboardAccess() {
        return request -> request.carrier(HttpServletRequest.class)
                .map(HttpServletRequest::getRemoteUser)
                .map(user -> Access.view(user).actOnJobs())
                .orElse(Access.none());
    }

    @Bean
    FilterRegistrationBean<Filter> backOfficeLogin(@Value("${shop.back-office-password:}") String password) {
        FilterRegistrationBean<Filter> login = new FilterRegistrationBean<>((request, response, chain) -> {
            if (isClerk((HttpServletRequest) request, password)) {
                chain.doFilter(as(CLERK, (HttpServletRequest) request), response);
            } else {
                HttpServletResponse refused = (HttpServletResponse) response;
                refused.setHeader("WWW-Authenticate", "Basic realm=\"back office\", charset=\"UTF-8\"");
                refused.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
            }
        });
        login.addUrlPatterns("/forthwith/*");
        return login;
    }

    private static boolean isClerk(HttpServletRequest request, String password) {
        String given = request.getHeader("Authorization");
        byte[] expected = (CLERK + ":" + password).getBytes(StandardCharsets.UTF_8);
        return !password.isEmpty()
                && given != null
                && MessageDigest.isEqual(
                        ("Basic " + Base64.getEncoder().encodeToString(expected)).getBytes(StandardCharsets.UTF_8),
                        given.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpServletRequest as(String user, HttpServletRequest request) {
        return new HttpServletRequestWrapper(request) {
            @Override
            public String getRemoteUser() {
                return user;
            }
        };
    }
}
