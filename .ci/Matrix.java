import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Writes a table into docs/databases.md: how many tests of each group of the contract kit passed on each store, according to the reports
 * of the last test run. Fails if a report is missing or a test did not pass. With --check it does not change the page, and also fails if
 * the page has another table.
 */
final class Matrix {
    private static final Path PAGE = Path.of("docs/databases.md");
    private static final String START = "<!-- from the test reports, by .ci/Matrix.java -->\n";
    private static final String END = "<!-- end -->";
    private static final String GROUP = "io.forthwith.store.kit.JobStoreContract$";

    /** A store may do without these. */
    private static final List<String> OPTIONAL = List.of("ActStoreTests", "LabelStoreTests", "OutcomeStoreTests", "LimitStoreTests");

    private static final Map<String, String> STORES = new LinkedHashMap<>();

    static {
        String jdbc = "jdbc-store/target/surefire-reports/TEST-io.forthwith.jdbc.";
        STORES.put("PostgreSQL 18", jdbc + "PostgresJobStoreTest.xml");
        STORES.put("PostgreSQL 14", jdbc + "OldestPostgresJobStoreTest.xml");
        STORES.put("MariaDB 11.4", jdbc + "MariaDbJobStoreTest.xml");
        STORES.put("H2 2.4", jdbc + "H2JobStoreTest.xml");
        STORES.put("SQLite 3.53", jdbc + "SqliteJobStoreTest.xml");
        STORES.put("in memory", "core/kit/target/surefire-reports/TEST-io.forthwith.store.kit.InMemoryJobStoreTest.xml");
        STORES.put(
                "the example's MVStore",
                "examples/custom-store/target/surefire-reports/TEST-io.forthwith.examples.customstore.KeyValueJobStoreTest.xml");
    }

    private Matrix() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, Map<String, int[]>> stores = new LinkedHashMap<>();
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, String> store : STORES.entrySet()) {
            File report = new File(store.getValue());
            if (report.exists()) {
                stores.put(store.getKey(), groups(report, store.getKey(), wrong));
            } else {
                wrong.add("the report of the kit on " + store.getKey() + " is missing: " + report);
            }
        }
        String page = Files.readString(PAGE);
        int start = page.indexOf(START) + START.length();
        String renewed = page.substring(0, start) + table(stores) + page.substring(page.indexOf(END, start));
        if (arguments.length == 0) {
            Files.writeString(PAGE, renewed);
        } else if (!renewed.equals(page)) {
            wrong.add(PAGE + " differs from the reports; run the tests, then 'java .ci/Matrix.java', and commit the page");
        }
        System.out.print(table(stores));
        if (!wrong.isEmpty()) {
            wrong.forEach(each -> System.err.println(".ci/Matrix.java: " + each));
            System.exit(1);
        }
    }

    /** For each group, how many tests passed and how many there are. */
    private static Map<String, int[]> groups(File report, String store, List<String> wrong) throws Exception {
        Map<String, int[]> groups = new LinkedHashMap<>();
        NodeList cases = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report).getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            Element each = (Element) cases.item(i);
            if (each.getAttribute("classname").startsWith(GROUP)) {
                // The class of a group contains the classes with the tests.
                String group = each.getAttribute("classname").substring(GROUP.length()).split("\\$")[0];
                if (OPTIONAL.contains(group) && each.getElementsByTagName("skipped").getLength() > 0) {
                    continue;
                }
                int[] counts = groups.computeIfAbsent(group, name -> new int[2]);
                boolean failed = List.of("failure", "error", "skipped").stream()
                        .anyMatch(what -> each.getElementsByTagName(what).getLength() > 0);
                counts[0] += failed ? 0 : 1;
                counts[1]++;
                if (failed) {
                    wrong.add(store + ": " + group + "." + each.getAttribute("name") + " did not pass");
                }
            }
        }
        return groups;
    }

    private static String table(Map<String, Map<String, int[]>> stores) {
        TreeSet<String> names = new TreeSet<>();
        stores.values().forEach(groups -> names.addAll(groups.keySet()));
        StringBuilder text = new StringBuilder("\n|group|").append(String.join("|", stores.keySet())).append("|\n|");
        text.append("---|".repeat(stores.size() + 1)).append('\n');
        for (String name : names) {
            row(text, "`" + name + "`", stores, groups -> groups.get(name));
        }
        row(text, "**all**", stores, groups -> {
            int[] sum = new int[2];
            groups.values().forEach(each -> {
                sum[0] += each[0];
                sum[1] += each[1];
            });
            return sum;
        });
        return text.append('\n').toString();
    }

    private static void row(
            StringBuilder text,
            String name,
            Map<String, Map<String, int[]>> stores,
            java.util.function.Function<Map<String, int[]>, int[]> counts) {
        text.append('|').append(name).append('|');
        for (Map<String, int[]> groups : stores.values()) {
            int[] count = counts.apply(groups);
            text.append(count == null ? "–" : count[0] == count[1] ? "" + count[0] : count[0] + " of " + count[1]).append('|');
        }
        text.append('\n');
    }
}
