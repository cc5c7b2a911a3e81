package shop;

import java.util.UUID;

/** The input of the job that confirms an order. */
record Confirmation(UUID order, String customer) {}
