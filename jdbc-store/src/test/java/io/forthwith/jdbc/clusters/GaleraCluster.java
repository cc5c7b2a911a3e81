package io.forthwith.jdbc.clusters;

import static org.awaitility.Awaitility.await;

import io.forthwith.jdbc.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** Three nodes on this machine. */
final class GaleraCluster implements AutoCloseable {
    private static final int NODES = 3;

    private final List<GaleraNode> nodes = new ArrayList<>();

    /** Running, with all nodes. */
    static GaleraCluster start() throws Exception {
        GaleraCluster cluster = new GaleraCluster();
        boolean isStarted = false;
        try {
            for (int i = 0; i < NODES; i++) {
                cluster.nodes.add(new GaleraNode("galera-" + i));
            }
            GaleraNode first = cluster.nodes.get(0);
            first.install();
            first.start(List.of());
            first.awaitSynced();
            first.stop();
            for (GaleraNode other : cluster.nodes.subList(1, NODES)) {
                other.copy(first);
            }
            first.start(List.of());
            first.awaitSynced();
            for (GaleraNode other : cluster.nodes.subList(1, NODES)) {
                other.start(cluster.addresses());
            }
            for (GaleraNode other : cluster.nodes.subList(1, NODES)) {
                other.awaitSynced();
            }
            isStarted = true;
            return cluster;
        } finally {
            if (!isStarted) {
                cluster.close();
            }
        }
    }

    GaleraNode node(int index) {
        return nodes.get(index);
    }

    private List<String> addresses() {
        return nodes.stream().map(GaleraNode::groupAddress).toList();
    }

    /** One that was killed; back in the cluster when this returns. */
    void restart(int index) throws Exception {
        nodes.get(index).startAgain(addresses());
        nodes.get(index).awaitSynced();
    }

    /** Whether all nodes are in it. */
    boolean isWhole() {
        return nodes.stream().allMatch(node -> {
            try {
                return node.status("wsrep_cluster_size").equals(String.valueOf(NODES))
                        && node.status("wsrep_ready").equals("ON");
            } catch (IllegalStateException away) {
                return false;
            }
        });
    }

    /** Until this node sees so many. */
    void awaitSize(int index, int size) {
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> nodes.get(index).status("wsrep_cluster_size").equals(String.valueOf(size))
                        && nodes.get(index).status("wsrep_ready").equals("ON"));
    }

    /** An empty one; its name. */
    String newDatabase() {
        String name = "t" + UUID.randomUUID().toString().replace("-", "");
        Sql.run(nodes.get(0).database("information_schema"), "CREATE DATABASE " + name);
        return name;
    }

    /**
     * Leads to this node first, and to the next ones if it is away. By default the driver leaves out a node for a minute after any error,
     * and tries for half a minute to connect.
     */
    String url(int first, String database) {
        List<GaleraNode> order = new ArrayList<>(nodes);
        Collections.rotate(order, -first);
        return "jdbc:mariadb:sequential://"
                + order.stream().map(node -> "127.0.0.1:" + node.port()).collect(Collectors.joining(","))
                + "/" + database + "?user=root&connectTimeout=2000&retriesAllDown=3&deniedListTimeout=250";
    }

    /** Until this node knows that it has lost the others. */
    void awaitNoQuorum(int index) {
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> nodes.get(index).status("wsrep_cluster_status").equals("non-Primary"));
    }

    /** This node goes on alone; it takes writes when this returns. */
    void bootstrap(int index) {
        DataSource node = nodes.get(index).database("information_schema", "");
        // A newer server has a variable of its own for each option.
        boolean isVariable = !Sql.query(node, "SHOW VARIABLES LIKE 'wsrep_provider_pc_bootstrap'")
                .isEmpty();
        Sql.run(
                node,
                "SET GLOBAL "
                        + (isVariable
                                ? "wsrep_provider_pc_bootstrap = ON"
                                : "wsrep_provider_options = 'pc.bootstrap=YES'"));
        awaitSize(index, 1);
    }

    /** How many transactions the nodes have rolled back because others came first. */
    long conflicts() {
        return nodes.stream()
                .mapToLong(node -> Long.parseLong(node.status("wsrep_local_cert_failures"))
                        + Long.parseLong(node.status("wsrep_local_bf_aborts")))
                .sum();
    }

    @Override
    public void close() throws Exception {
        for (GaleraNode node : nodes) {
            node.close();
        }
    }
}
