package io.forthwith.studio.credits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.JobException;
import io.forthwith.studio.Texts;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the ledger promises, on any database. */
abstract class CreditLedgerContract {
    private static final int THREADS = 8;

    private final DataSource database;
    private final CreditLedger ledger;
    private final UUID job = UUID.randomUUID();

    CreditLedgerContract(DataSource database) {
        this.database = database;
        this.ledger = new CreditLedger(database, Texts.in("en"));
    }

    @BeforeEach
    void openAccount() throws Exception {
        ledger.createTables();
        ledger.open("ada", 100);
    }

    @Test
    @DisplayName("takes what a job costs and gives it back once, however often either is asked for")
    void chargesAndRefundsOnce() throws Exception {
        Charge charge = new Charge(job, 1, "ada", 30);

        ledger.charge(charge);
        ledger.charge(charge);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 0, 70));

        ledger.refund(charge);
        ledger.refund(charge);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 30, 100));

        ledger.charge(charge);
        assertThat(account().balance())
                .as("a charge that arrives after its refund")
                .isEqualTo(100);
    }

    @Test
    @DisplayName("takes nothing from a user who cannot pay, and tells them in their language")
    void insufficientCredits() throws Exception {
        Charge charge = new Charge(job, 1, "ada", 101);

        assertThatThrownBy(() -> ledger.charge(charge))
                .isInstanceOfSatisfying(
                        JobException.class,
                        thrown -> assertThat(thrown.error().code()).isEqualTo("insufficient_credits"))
                .hasMessage("Insufficient credits");
        assertThatThrownBy(() -> ledger.require(charge)).hasMessage("Insufficient credits");
        assertThatThrownBy(() -> ledger.require(new Charge(job, 1, "nobody", 1)))
                .hasMessage("Insufficient credits");
        assertThatThrownBy(() -> new CreditLedger(database, Texts.in("zh")).charge(charge))
                .hasMessage("积分不足");
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 0, 0, 100));
    }

    @Test
    @DisplayName("charges a job again after it got its credits back")
    void paysAnewAfterRefund() throws Exception {
        ledger.charge(new Charge(job, 1, "ada", 30));
        ledger.refund(new Charge(job, 1, "ada", 30));
        ledger.charge(new Charge(job, 2, "ada", 30));

        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 60, 30, 70));
    }

    @Test
    @DisplayName("lets the next claim take over what a dead worker has paid")
    void takesOverThePayment() throws Exception {
        ledger.charge(new Charge(job, 1, "ada", 30));
        ledger.charge(new Charge(job, 2, "ada", 30));
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 0, 70));

        ledger.refund(new Charge(job, 1, "ada", 30));
        assertThat(account().balance())
                .as("after the late refund of the worker thought dead")
                .isEqualTo(70);

        ledger.refund(new Charge(job, 2, "ada", 30));
        ledger.charge(new Charge(job, 1, "ada", 30));
        assertThat(account().balance())
                .as("after the late charge of the worker thought dead")
                .isEqualTo(100);
    }

    @Test
    @DisplayName("does not ask the next claim for credits that a dead worker has paid")
    void requiresWhatIsNotPaidYet() throws Exception {
        ledger.charge(new Charge(job, 1, "ada", 100));

        assertThatCode(() -> ledger.require(new Charge(job, 2, "ada", 100))).doesNotThrowAnyException();
        assertThatThrownBy(() -> ledger.require(new Charge(job, 2, "ada", 101))).hasMessage("Insufficient credits");
        assertThatThrownBy(() -> ledger.require(new Charge(UUID.randomUUID(), 1, "ada", 1)))
                .hasMessage("Insufficient credits");
    }

    @Test
    @DisplayName("never lets a balance fall below zero, with eight threads spending it")
    void manyThreadsSpend() throws Exception {
        List<Callable<Boolean>> spending = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Charge charge = new Charge(UUID.randomUUID(), 1, "ada", 3);
            spending.add(() -> charged(charge));
        }

        assertThat(atOnce(spending)).filteredOn(paid -> paid).hasSize(33);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 99, 0, 1));
    }

    @Test
    @DisplayName("charges and refunds a job once, with eight threads repeating both")
    void manyThreadsRepeat() throws Exception {
        Charge charge = new Charge(job, 1, "ada", 30);
        List<Callable<Boolean>> charging = new ArrayList<>();
        List<Callable<Boolean>> refunding = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            charging.add(() -> charged(charge));
            refunding.add(() -> {
                ledger.refund(charge);
                return true;
            });
        }

        assertThat(atOnce(charging)).hasSize(40).containsOnly(true);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 0, 70));
        assertThat(atOnce(refunding)).hasSize(40).containsOnly(true);
        assertThat(account()).isEqualTo(new AccountStatement("ada", 100, 30, 30, 100));
    }

    @Test
    @DisplayName("balances, with eight threads charging and refunding at random")
    void manyThreadsMix() throws Exception {
        List<Callable<Boolean>> work = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            Charge charge = new Charge(new UUID(0, i / 4), 1 + i % 4, "ada", 1 + i / 4 % 3);
            boolean refunds = i % 3 == 0;
            work.add(() -> {
                boolean paid = charged(charge);
                if (refunds) {
                    ledger.refund(charge);
                }
                return paid;
            });
        }

        atOnce(work);
        assertThat(account().balances()).as(account().toString()).isTrue();
    }

    private AccountStatement account() throws Exception {
        return ledger.statement("ada");
    }

    private boolean charged(Charge charge) throws Exception {
        try {
            ledger.charge(charge);
            return true;
        } catch (JobException insufficient) {
            assertThat(insufficient).hasMessage("Insufficient credits");
            return false;
        }
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
                results.add(answer.get(30, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
