package io.forthwith.studio.credits;

/**
 * The state of an account.
 *
 * @param userId the user
 * @param opening the credits at its opening
 * @param charged the sum of all charges
 * @param refunded the sum of all refunds
 * @param balance the remaining credits
 */
public record AccountStatement(String userId, int opening, int charged, int refunded, int balance) {
    /** Whether opening, charges and refunds add up to the balance. */
    public boolean balances() {
        return opening - charged + refunded == balance;
    }
}
