package shop;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.JobType;
import io.forthwith.NewJob;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Exports all orders: a job that has one child for each page, and a finisher that puts the pages together. */
@Configuration(proxyBeanMethods = false)
class Export {
    /** The input is how many orders a page has. */
    static final JobType<Integer> EXPORT = JobType.of("export", Integer.class);

    static final JobType<Page> PAGE = JobType.of("export-page", Page.class);
    static final JobType<Integer> JOIN = JobType.of("export-join", Integer.class);

    record Page(int from, int limit) {}

    record Lines(List<String> lines) {}

    @Bean
    BaseProcessor<Integer, String> exporter(Orders orders) {
        return new BaseProcessor<>(EXPORT) {
            @Override
            protected String process(Integer pageSize, JobContext job) {
                int all = orders.count();
                for (int from = 0; from < all; from += pageSize) {
                    job.spawn(NewJob.of(PAGE, new Page(from, pageSize)));
                }
                job.finishWith(NewJob.of(JOIN, all));
                return "started";
            }
        };
    }

    @Bean
    BaseProcessor<Page, Lines> pageExporter(Orders orders) {
        return new BaseProcessor<>(PAGE) {
            @Override
            protected Lines process(Page page, JobContext job) {
                return new Lines(orders.lines(page.from(), page.limit()));
            }
        };
    }

    @Bean
    BaseProcessor<Integer, String> pageJoiner() {
        return new BaseProcessor<>(JOIN) {
            @Override
            protected String process(Integer all, JobContext job) {
                return job.results(Lines.class)
                        .flatMap(page -> page.lines().stream())
                        .collect(Collectors.joining("\n", "customer;cents\n", ""));
            }
        };
    }
}
