package io.forthwith.studio.credits;

/**
 * What is charged under a key.
 *
 * @param key the idempotency key
 * @param credits how much; 0 if the key was refunded, before or after it was charged
 */
public record Receipt(String key, int credits) {}
