package io.forthwith.jdbc.internal.postgresql;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows in the binary format of {@code COPY}, and passes them on in pieces, so that many rows take no more
 * memory than one. Not thread-safe.
 *
 * <p>A row is the number of its fields, and then for each field its length in bytes and its value in the form in
 * which the server sends the type. A null has the length -1 and no value.
 */
public final class BinaryCopyRows {
    /** After it come flags, none of them set, and the length of an extension that does not exist. */
    private static final byte[] SIGNATURE = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0};

    private static final int PIECE = 1 << 16;
    private static final int LONGEST_NUMBER = Long.BYTES;
    private static final int NULL = -1;
    private static final byte JSONB_VERSION = 1;

    private final Sink sink;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE);

    /** Takes the pieces. */
    @FunctionalInterface
    interface Sink {
        /** Takes one piece; its bytes are overwritten once this returns. */
        void take(byte[] bytes, int length) throws SQLException;
    }

    BinaryCopyRows(Sink sink) {
        this.sink = sink;
        piece.put(SIGNATURE).putInt(0).putInt(0);
    }

    public BinaryCopyRows row(int fields) throws SQLException {
        room().putShort((short) fields);
        return this;
    }

    public BinaryCopyRows uuid(@Nullable UUID id) throws SQLException {
        if (id == null) {
            return nothing();
        }
        room().putInt(2 * Long.BYTES);
        room().putLong(id.getMostSignificantBits());
        room().putLong(id.getLeastSignificantBits());
        return this;
    }

    public BinaryCopyRows text(@Nullable String text) throws SQLException {
        if (text == null) {
            return nothing();
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        room().putInt(bytes.length);
        return raw(bytes);
    }

    BinaryCopyRows jsonb(String json) throws SQLException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        room().putInt(1 + bytes.length);
        room().put(JSONB_VERSION);
        return raw(bytes);
    }

    BinaryCopyRows smallint(@Nullable Integer number) throws SQLException {
        if (number == null) {
            return nothing();
        }
        room().putInt(Short.BYTES);
        room().putShort(number.shortValue());
        return this;
    }

    BinaryCopyRows bigint(@Nullable Long number) throws SQLException {
        if (number == null) {
            return nothing();
        }
        room().putInt(Long.BYTES);
        room().putLong(number);
        return this;
    }

    /** @param micros since the beginning of 2000 in UTC; null for no time */
    BinaryCopyRows timestamptz(@Nullable Long micros) throws SQLException {
        return bigint(micros);
    }

    /** Ends the rows. */
    void end() throws SQLException {
        room().putShort((short) NULL);
        passOn();
    }

    private BinaryCopyRows nothing() throws SQLException {
        room().putInt(NULL);
        return this;
    }

    private BinaryCopyRows raw(byte[] bytes) throws SQLException {
        for (int at = 0; at < bytes.length; ) {
            int some = Math.min(bytes.length - at, room().remaining());
            piece.put(bytes, at, some);
            at += some;
        }
        return this;
    }

    /** The piece, with room for any number. */
    private ByteBuffer room() throws SQLException {
        if (piece.remaining() < LONGEST_NUMBER) {
            passOn();
        }
        return piece;
    }

    private void passOn() throws SQLException {
        sink.take(piece.array(), piece.position());
        piece.clear();
    }
}
