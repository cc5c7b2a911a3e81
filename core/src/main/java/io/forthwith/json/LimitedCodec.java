package io.forthwith.json;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/** See {@link JobCodec#maxBytes(int)}. */
record LimitedCodec(JobCodec codec, int maxBytes) implements JobCodec {
    private static final int LARGEST = 64 * 1024 * 1024;

    LimitedCodec {
        if (maxBytes < 1024 || maxBytes > LARGEST) {
            throw new IllegalArgumentException("Max bytes " + maxBytes + " is out of range: 1 KiB to 64 MiB");
        }
    }

    @Override
    public String write(Object value) {
        return codec.write(value);
    }

    @Override
    public @Nullable Object read(String json, Type type) {
        return codec.read(json, type);
    }

    @Override
    public JobCodec maxBytes(int bytes) {
        return new LimitedCodec(codec, bytes);
    }
}
