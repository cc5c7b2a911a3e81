package io.forthwith.studio.credits;

/**
 * An account as it stands.
 *
 * @param userId whose it is
 * @param opening the credits it was opened with
 * @param charged all that was ever taken
 * @param refunded all that was ever given back
 * @param balance what is left
 */
public record AccountStatement(String userId, int opening, int charged, int refunded, int balance) {
    /** Whether the entries explain the balance. */
    public boolean balances() {
        return opening - charged + refunded == balance;
    }
}
