package io.forthwith.dashboard.internal.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The body of one request, and nothing of the next one. */
final class RequestBody extends InputStream {
    private static final int LONGEST_LINE = 1_000;
    private static final int MOST_TRAILERS = 50;

    private final InputStream in;
    private final Runnable begin;
    private final boolean isInPieces;

    /** Of the body, or of the piece that is being read. */
    private long left;

    private boolean hasBegun;
    private boolean hasPiece;
    private boolean isOver;

    /**
     * @param length how many bytes it has; -1 if it comes in pieces
     * @param begin is called before the first byte is read
     */
    RequestBody(InputStream in, long length, Runnable begin) {
        this.in = in;
        this.begin = begin;
        this.isInPieces = length < 0;
        this.left = Math.max(0, length);
        this.isOver = length == 0;
    }

    /** Whether all of it was read. */
    boolean isOver() {
        return isOver;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!hasBegun) {
            hasBegun = true;
            begin.run();
        }
        if (!isOver && left == 0) {
            nextPiece();
        }
        if (isOver) {
            return -1;
        }
        int read = in.read(into, offset, (int) Math.min(length, left));
        if (read < 0) {
            throw new EOFException("The request ends in its body");
        }
        left -= read;
        isOver = left == 0 && !isInPieces;
        return read;
    }

    private void nextPiece() throws IOException {
        if (hasPiece && !line().isEmpty()) {
            throw new IOException("A piece of the body is longer than was said");
        }
        hasPiece = true;
        String size = line().split(";", 2)[0].strip();
        if (!size.matches("[0-9A-Fa-f]{1,12}")) {
            throw new IOException("The length of a piece of the body cannot be read");
        }
        left = Long.parseLong(size, 16);
        if (left == 0) {
            for (int i = 0; !line().isEmpty(); i++) {
                if (i == MOST_TRAILERS) {
                    throw new IOException("Too many headers follow the body");
                }
            }
            isOver = true;
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\r'; c = in.read()) {
            if (c < 0 || c == '\n' || line.length() == LONGEST_LINE) {
                throw new IOException("A line of the body cannot be read");
            }
            line.append((char) c);
        }
        if (in.read() != '\n') {
            throw new IOException("A line of the body cannot be read");
        }
        return line.toString();
    }
}
