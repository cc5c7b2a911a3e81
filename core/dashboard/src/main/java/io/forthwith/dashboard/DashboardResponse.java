package io.forthwith.dashboard;

import io.forthwith.dashboard.internal.http.Reply;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What the dashboard answers. Immutable. */
public final class DashboardResponse {
    private final Reply reply;

    DashboardResponse(Reply reply) {
        this.reply = reply;
    }

    /** The status of HTTP. */
    public int status() {
        return reply.status();
    }

    /** The headers, each with one value. */
    public Map<String, String> headers() {
        return reply.headers();
    }

    /** How many bytes there are to send; 0 for none. */
    public int length() {
        return reply.body().length;
    }

    /** Writes the bytes. */
    public void writeTo(OutputStream out) throws IOException {
        out.write(reply.body());
    }

    /** The bytes as text. */
    public String text() {
        return new String(reply.body(), StandardCharsets.UTF_8);
    }
}
