package io.forthwith.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.forthwith.JobType;
import io.forthwith.NewJob;
import io.forthwith.client.JobClient;
import io.forthwith.memory.InMemoryJobStore;
import io.forthwith.store.JobStore;
import io.forthwith.worker.ProcessorRegistry;
import io.forthwith.worker.Worker;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the documents, the dashboard and the alerts say is what a process really shows. */
@DisplayName("The metrics in the documents")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MetricsDocsTest {
    private static final Path DOCS = Path.of("../../docs");
    private static final Pattern NAME = Pattern.compile("\\bforthwith_\\w+");
    private static final Pattern SELECTOR = Pattern.compile("\\b(forthwith_\\w+)\\{([^}]*)}");
    private static final Pattern LABEL = Pattern.compile("(\\w+) *=~?\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on) *\\(([^)]*)\\)");
    private static final Pattern VALUES =
            Pattern.compile("label_values\\((forthwith_\\w+)(?:\\{job=~\"\\$job\"})?, *(\\w+)\\)");
    private static final Pattern SHOWN = Pattern.compile("\\{\\{ *(?:\\$labels\\.)?(\\w+) *}}");
    /** Prometheus gives them to every series. */
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance");

    private Map<String, Set<String>> scraped = Map.of();
    private Map<String, Set<String>> meters = Map.of();

    @BeforeAll
    void scrape() throws Exception {
        EveryOutcome process = new EveryOutcome();
        Map<String, Set<String>> registered = new TreeMap<>();
        process.registry.forEachMeter(meter -> registered.put(name(meter), tags(meter)));
        process.registry.config().onMeterAdded(meter -> registered.put(name(meter), tags(meter)));
        scraped = process.scrape().names();
        meters = registered;
    }

    private static String name(Meter meter) {
        return meter.getId().getName();
    }

    private static Set<String> tags(Meter meter) {
        Set<String> tags = new TreeSet<>();
        for (Tag tag : meter.getId().getTags()) {
            tags.add(tag.getKey());
        }
        return tags;
    }

    @Test
    @DisplayName("stand in the table with their tags, each of them and no other")
    void table() throws IOException {
        Map<String, Set<String>> documented = new TreeMap<>();
        Pattern.compile("(?m)^\\|`(forthwith\\.[a-z.]+)`\\|[^|]+\\|([^|]*)\\|")
                .matcher(Files.readString(DOCS.resolve("metrics.md")))
                .results()
                .forEach(row -> documented.put(
                        row.group(1),
                        row.group(2).isEmpty()
                                ? Set.of()
                                : new TreeSet<>(List.of(row.group(2).split(", ")))));
        assertThat(documented).isEqualTo(meters);
    }

    @Test
    @DisplayName("are on the dashboard by their right names and labels")
    void dashboard() throws IOException {
        JsonNode dashboard =
                JsonMapper.shared().readTree(Files.readString(DOCS.resolve("metrics/grafana-dashboard.json")));
        List<String> texts = new ArrayList<>();
        for (JsonNode panel : dashboard.get("panels")) {
            assertThat(panel.get("datasource").get("uid").asString()).isEqualTo("${datasource}");
            for (JsonNode target : panel.get("targets")) {
                String expression = target.get("expr").asString();
                check(expression);
                checkShown(target.get("legendFormat").asString(), expression);
                NAME.matcher(expression)
                        .results()
                        .forEach(name -> assertThat(expression.substring(name.end()))
                                .as("two applications are told apart: %s", expression)
                                .startsWith("{job=~\"$job\""));
                texts.add(expression);
            }
        }
        for (JsonNode variable : dashboard.get("templating").get("list")) {
            if (variable.get("type").asString().equals("query")) {
                String definition = variable.get("definition").asString();
                Matcher values = VALUES.matcher(definition);
                assertThat(values.matches()).as(definition).isTrue();
                assertThat(known(values.group(1))).as(definition).contains(values.group(2));
                assertThat(variable.get("query").get("query").asString()).isEqualTo(definition);
            }
        }
        assertThat(dashboard.get("panels")).hasSizeBetween(8, 12);
        assertThat(dashboard.get("templating").get("list").findValuesAsString("name"))
                .containsExactly("datasource", "job", "queue", "type");
        assertThat(families(String.join(" ", texts)))
                .as("all are on it")
                .isEqualTo(families(String.join(" ", scraped.keySet())));
    }

    /** The names without what Prometheus appends to those of timers. */
    private static Set<String> families(String text) {
        Set<String> families = new TreeSet<>();
        NAME.matcher(text).results().forEach(name -> families.add(name.group().replaceAll("_(count|sum|max)$", "")));
        return families;
    }

    @Test
    @DisplayName("are in the alerts by their right names and labels")
    void alerts() throws IOException {
        String alerts = Files.readString(DOCS.resolve("metrics/prometheus-alerts.yml"));
        NAME.matcher(alerts).results().map(MatchResult::group).forEach(this::checkName);
        List<String> rules = List.of(alerts.split("- alert: ")).stream().skip(1).toList();
        assertThat(rules).hasSize(8);
        for (String rule : rules) {
            String expression = rule.substring(rule.indexOf("expr:"), rule.indexOf("labels:"));
            check(expression);
            checkShown(rule, expression);
            boolean isOfJobsThatWait =
                    rule.startsWith("ForthwithOldestJobWaits") || rule.startsWith("ForthwithNothingCompletes");
            assertThat(expression.contains("forthwith_queue_paused")).as(rule).isEqualTo(isOfJobsThatWait);
        }
    }

    /** A misspelt name or label selects nothing, and nobody would notice. */
    private void check(String expression) {
        assertThat(NAME.matcher(expression).find()).as(expression).isTrue();
        Set<String> known = new HashSet<>();
        NAME.matcher(expression).results().map(MatchResult::group).forEach(name -> {
            checkName(name);
            known.addAll(known(name));
        });
        SELECTOR.matcher(expression)
                .results()
                .forEach(selector -> LABEL.matcher(selector.group(2))
                        .results()
                        .forEach(label -> assertThat(known(selector.group(1)))
                                .as(expression)
                                .contains(label.group(1))));
        grouping(expression).forEach(label -> assertThat(known).as(expression).contains(label));
        Matcher outcomes = Pattern.compile("outcome=~?\"([^\"]*)\"").matcher(expression);
        while (outcomes.find()) {
            assertThat(Set.of("completed", "waiting", "failed", "retried", "cancelled", "ok", "error"))
                    .as(expression)
                    .containsAll(List.of(outcomes.group(1).split("\\|")));
        }
    }

    private Set<String> known(String name) {
        Set<String> known = new HashSet<>(OF_PROMETHEUS);
        known.addAll(scraped.getOrDefault(name, Set.of()));
        return known;
    }

    private void checkName(String name) {
        assertThat(scraped).containsKey(name);
    }

    private static Set<String> grouping(String expression) {
        Set<String> labels = new HashSet<>();
        GROUPING.matcher(expression)
                .results()
                .forEach(grouping -> labels.addAll(List.of(grouping.group(1).split(", *"))));
        return labels;
    }

    private static void checkShown(String text, String expression) {
        SHOWN.matcher(text)
                .results()
                .forEach(shown -> assertThat(grouping(expression)).as(text).contains(shown.group(1)));
    }

    @Test
    @DisplayName("come from two lines of code")
    void sample() throws Exception {
        MeterRegistry meterRegistry = new SimpleMeterRegistry();
        JobStore store = new InMemoryJobStore();
        JobType<Void> type = JobType.of("mail");
        ProcessorRegistry processors = ProcessorRegistry.of().with(type, job -> null);

        JobMetrics metrics = JobMetrics.of(meterRegistry);
        JobStore observed = metrics.observe(store);
        JobClient jobs = JobClient.of(observed);
        Worker worker = Worker.of(observed, processors).listener(metrics).start();

        jobs.await(jobs.enqueue(NewJob.of(type)).id(), Duration.ofMinutes(1));
        worker.close();
        metrics.close();
        assertThat(meterRegistry.get("forthwith.job.duration").timer().count()).isEqualTo(1);
    }
}
