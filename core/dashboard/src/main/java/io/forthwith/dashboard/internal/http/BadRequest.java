package io.forthwith.dashboard.internal.http;

/** A request that cannot be read. The connection ends with the answer. */
final class BadRequest extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    BadRequest(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    Reply reply() {
        return Reply.plain(status, String.valueOf(getMessage()));
    }
}
