package io.forthwith.dashboard.internal.http;

import io.forthwith.dashboard.DashboardRequest;
import io.forthwith.internal.StoredTextReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A file that pages need: the style sheet, the script, icons. Immutable. */
public final class Asset {
    private static final int HASHED = 16;
    private static final Map<String, Asset> ALL = Map.of(
            "style.css", read("style.css", "text/css; charset=utf-8"),
            "script.js", read("script.js", "text/javascript; charset=utf-8"),
            "icon-good.svg", icon("#1a7f37"),
            "icon-bad.svg", icon("#cf222e"),
            "icon-unknown.svg", icon("#6e7781"));

    private final String type;
    private final byte[] content;
    private final String tag;

    private Asset(String type, byte[] content) {
        this.type = type;
        this.content = content;
        this.tag = tag(new String(content, StandardCharsets.UTF_8));
    }

    /** The file with this name; null if there is none. */
    public static @Nullable Asset of(String name) {
        return ALL.get(name);
    }

    public Reply response(DashboardRequest request) {
        Map<String, String> headers = Reply.headers(type);
        // The browser asks each time whether the file is still the same: after a deploy it is not.
        headers.put("Cache-Control", "no-cache");
        headers.put("ETag", tag);
        return tag.equals(request.header("If-None-Match"))
                ? new Reply(304, headers, new byte[0])
                : new Reply(200, headers, content);
    }

    /** A tag that is the same for equal texts. */
    public static String tag(String text) {
        return '"' + hash(text) + '"';
    }

    /** Letters and digits that are the same for equal texts. */
    public static String hash(String text) {
        return HexFormat.of().formatHex(StoredTextReader.sha256(text), 0, HASHED);
    }

    private static Asset read(String name, String type) {
        try (InputStream in = Asset.class.getResourceAsStream("/io/forthwith/dashboard/" + name)) {
            if (in == null) {
                throw new IllegalStateException("The artifact of the dashboard lacks its file " + name);
            }
            return new Asset(type, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Asset icon(String colour) {
        String svg =
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><rect width=\"16\" height=\"16\" rx=\"4\" fill=\""
                        + colour
                        + "\"/><path d=\"M4 4.5h5M4 8h8M4 11.5h3\" stroke=\"#fff\" stroke-width=\"2\" stroke-linecap=\"round\"/></svg>";
        return new Asset("image/svg+xml", svg.getBytes(StandardCharsets.UTF_8));
    }
}
