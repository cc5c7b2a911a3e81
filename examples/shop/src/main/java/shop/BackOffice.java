package shop;

import static org.springframework.security.config.Customizer.withDefaults;

import io.forthwith.dashboard.Access;
import io.forthwith.dashboard.DashboardAccess;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;

/** The dashboard of the jobs. Spring Security says who somebody is, and the rule of the dashboard what they may do there. */
@Configuration(proxyBeanMethods = false)
class BackOffice {
    static final String VIEW = "JOBS_VIEW";
    static final String ACT = "JOBS_ACT";

    @ConditionalOnWebApplication
    @Bean
    SecurityFilterChain dashboardLogin(HttpSecurity http) throws Exception {
        return http.securityMatcher(PathPatternRequestMatcher.withDefaults().matcher("/forthwith/**"))
                .authorizeHttpRequests(requests -> requests.anyRequest().hasRole("JOBS_VIEW"))
                .httpBasic(withDefaults())
                .csrf(csrf -> csrf.disable())
                .build();
    }

    @Bean
    DashboardAccess dashboardAccess() {
        return request -> request.carrier(HttpServletRequest.class)
                .filter(asked -> asked.isUserInRole("JOBS_VIEW"))
                .map(asked -> {
                    Access access = Access.view(asked.getRemoteUser());
                    return asked.isUserInRole("JOBS_ACT") ? access.actOnJobs().actOnQueues() : access;
                })
                .orElse(Access.none());
    }

    /** The clerk, if there is a password. */
    @Bean
    InMemoryUserDetailsManager backOfficeUsers(@Value("${shop.back-office-password:}") String password) {
        InMemoryUserDetailsManager users = new InMemoryUserDetailsManager();
        if (!password.isEmpty()) {
            users.createUser(User.withUsername("clerk")
                    .password(PasswordEncoderFactories.createDelegatingPasswordEncoder()
                            .encode(password))
                    .roles(VIEW, ACT)
                    .build());
        }
        return users;
    }
}
