package io.forthwith.studio.credits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.forthwith.JobException;
import io.forthwith.studio.Texts;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The guarantees of the ledger, on any database. */
abstract class CreditLedgerContract {
    private static final int THREADS = 8;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final DataSource database;
    private final CreditLedger ledger;

    CreditLedgerContract(DataSource database) {
        this.database = database;
        this.ledger = new CreditLedger(database, Texts.in("en"));
    }

    @BeforeEach
    void openAccount() throws Exception {
        ledger.createTables();
        forgetKeys();
        ledger.open("ada", 100);
    }

    @Test
    @DisplayName("charges a key once and refunds it once, however often each call is repeated")
    void charges_and_refunds_once() throws Exception {
        assertThat(ledger.charge("ada", 30, "k1")).isEqualTo(new Receipt("k1", 30));
        assertThat(ledger.charge("ada", 30, "k1")).isEqualTo(new Receipt("k1", 30));
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 0, 70));

        ledger.refund("k1");
        ledger.refund("k1");
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 30, 100));

        assertThat(ledger.charge("ada", 30, "k1"))
                .as("a charge after its refund")
                .isEqualTo(new Receipt("k1", 0));
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 30, 100));
    }

    @Test
    @DisplayName("forbids a key for ever if it is refunded before it is charged")
    void forbids() throws Exception {
        ledger.refund("k1");
        ledger.refund("k1");

        assertThat(ledger.charge("ada", 30, "k1")).isEqualTo(new Receipt("k1", 0));
        ledger.refund("k1");
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 0, 0, 100));
    }

    @Test
    @DisplayName("lets a refused charge be tried again, and forbids its key when it is refunded")
    void refused_key() throws Exception {
        assertThatThrownBy(() -> ledger.charge("ada", 101, "k1")).hasMessage("Insufficient credits");
        assertThat(ledger.charge("ada", 100, "k1").credits()).isEqualTo(100);
        ledger.refund("k1");

        assertThatThrownBy(() -> ledger.charge("ada", 101, "k2")).hasMessage("Insufficient credits");
        ledger.refund("k2");
        assertThat(ledger.charge("ada", 1, "k2").credits()).isZero();
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 100, 100, 100));
    }

    @Test
    @DisplayName("charges nothing to a user with too few credits, and says so in the language of the user")
    void insufficient_credits() throws Exception {
        assertThatThrownBy(() -> ledger.charge("ada", 101, "k1"))
                .isInstanceOfSatisfying(
                        JobException.class,
                        thrown -> assertThat(thrown.error().code()).isEqualTo("insufficient_credits"))
                .hasMessage("Insufficient credits");
        assertThatThrownBy(() -> ledger.charge("nobody", 1, "k2")).hasMessage("Insufficient credits");
        assertThatThrownBy(() -> ledger.require("ada", 101)).hasMessage("Insufficient credits");
        assertThatThrownBy(() -> ledger.require("nobody", 1)).hasMessage("Insufficient credits");
        assertThatCode(() -> ledger.require("ada", 100)).doesNotThrowAnyException();
        assertThatThrownBy(() -> new CreditLedger(database, Texts.in("zh")).charge("ada", 101, "k1"))
                .hasMessage("积分不足");
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 0, 0, 100));
    }

    @Test
    @DisplayName("has a latency before and after the charge, and charges even if no caller waits for the receipt")
    void latency() throws Exception {
        CreditLedger far = ledger.latency(Duration.ofMillis(200));
        long start = System.nanoTime();
        far.charge("ada", 30, "k1");
        far.refund("k1");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(400));

        CreditLedger farther = ledger.latency(PATIENCE.multipliedBy(2));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread impatient = new Thread(() -> thrown.set(catchThrowable(() -> farther.charge("ada", 30, "k2"))));
        impatient.start();
        impatient.interrupt();
        impatient.join(PATIENCE.toMillis());
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 30, 100));
    }

    @Test
    @DisplayName("never lets a balance fall below zero, with eight threads spending it")
    void many_threads_spend() throws Exception {
        List<Callable<Boolean>> spending = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String key = "k" + i;
            spending.add(() -> charged(3, key));
        }

        assertThat(atOnce(spending)).filteredOn(paid -> paid).hasSize(33);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 99, 0, 1));
    }

    @Test
    @DisplayName("charges a key once and refunds it once, with eight threads repeating both")
    void many_threads_repeat() throws Exception {
        List<Callable<Boolean>> charging = new ArrayList<>();
        List<Callable<Boolean>> refunding = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            charging.add(() -> charged(30, "k1"));
            refunding.add(() -> refunded("k1"));
        }

        assertThat(atOnce(charging)).hasSize(40).containsOnly(true);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 0, 70));
        assertThat(atOnce(refunding)).hasSize(40).containsOnly(true);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 30, 100));
    }

    @Test
    @DisplayName("leaves nothing charged under a key if a charge and a refund race, whichever comes first")
    void charge_races_refund() throws Exception {
        List<Callable<Boolean>> work = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String key = "k" + i;
            work.add(() -> charged(1, key));
            work.add(() -> refunded(key));
        }

        assertThat(atOnce(work)).containsOnly(true);

        AccountStatement account = account();
        assertThat(account.balance()).isEqualTo(100);
        assertThat(account.charged()).isEqualTo(account.refunded());
        assertThat(account.balances()).as(account.toString()).isTrue();
    }

    @Test
    @DisplayName("balances, with eight threads charging and refunding at random")
    void many_threads_mix() throws Exception {
        long seed = System.nanoTime();
        System.out.println("Seed of the random charges and refunds: " + seed);
        Random random = new Random(seed);
        List<Callable<Boolean>> work = new ArrayList<>();
        Set<String> refunded = new HashSet<>();
        for (int i = 0; i < 120; i++) {
            String key = "k" + random.nextInt(30);
            int credits = 1 + key.hashCode() % 7;
            if (random.nextInt(3) == 0) {
                refunded.add(key);
                work.add(() -> refunded(key));
            } else {
                work.add(() -> charged(credits, key));
            }
        }

        atOnce(work);

        AccountStatement account = account();
        assertThat(account.balances()).as(account.toString()).isTrue();
        for (String key : refunded) {
            assertThat(ledger.charge("ada", 1, key)).isEqualTo(new Receipt(key, 0));
        }
    }

    /** Deletes also the keys that have no user because they were never charged. */
    private void forgetKeys() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM credit_charge");
        }
    }

    private AccountStatement account() throws Exception {
        return ledger.statement("ada");
    }

    private boolean charged(int credits, String key) throws Exception {
        try {
            ledger.charge("ada", credits, key);
            return true;
        } catch (JobException insufficient) {
            assertThat(insufficient).hasMessage("Insufficient credits");
            return false;
        }
    }

    private boolean refunded(String key) throws Exception {
        ledger.refund(key);
        return true;
    }

    private static List<Boolean> atOnce(List<Callable<Boolean>> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Boolean>> answers = new ArrayList<>();
            for (Callable<Boolean> one : work) {
                answers.add(threads.submit(() -> {
                    start.await();
                    return one.call();
                }));
            }
            start.countDown();
            List<Boolean> results = new ArrayList<>();
            for (Future<Boolean> answer : answers) {
                results.add(answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
