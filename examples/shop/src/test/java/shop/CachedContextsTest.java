package shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestClassOrder;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.annotation.DirtiesContext;

/** Spring keeps the contexts of tests for other test classes. */
@DisplayName("Two shops whose contexts are kept, in one process,")
@Tag("slow")
@TestClassOrder(ClassOrderer.OrderAnnotation.class)
class CachedContextsTest {
    private static final String FIRST = "spring.datasource.url=jdbc:h2:mem:first;DB_CLOSE_DELAY=-1";
    private static final Map<String, ConfigurableApplicationContext> SEEN = new LinkedHashMap<>();

    @Nested
    @Order(1)
    @SpringBootTest(properties = FIRST)
    class First {
        @Test
        @DisplayName("run their jobs: the first")
        void runs(@Autowired ConfigurableApplicationContext shop) {
            SEEN.put("first", shop);
            Shops.orderAndConfirm(shop);
        }
    }

    @Nested
    @Order(2)
    @SpringBootTest(properties = "spring.datasource.url=jdbc:h2:mem:second;DB_CLOSE_DELAY=-1")
    @DirtiesContext
    class Second {
        @Test
        @DisplayName("run their jobs: the second, and nothing of the first's")
        void runs(@Autowired ConfigurableApplicationContext shop) {
            assertThat(shop).isNotSameAs(SEEN.get("first"));
            Shops.orderAndConfirm(shop);
            assertThat(Shops.count(shop)).isEqualTo(1);
        }
    }

    @Nested
    @Order(3)
    @SpringBootTest(properties = FIRST)
    @DirtiesContext
    class FirstAgain {
        @Test
        @DisplayName("run their jobs: the first again, whose context was kept")
        void runs(@Autowired ConfigurableApplicationContext shop) {
            assumeThat(SEEN).as("not run alone").containsKey("first");
            assertThat(shop).isSameAs(SEEN.get("first"));
            Shops.orderAndConfirm(shop);
            assertThat(Shops.count(shop)).isEqualTo(2);
        }
    }
}
