package io.forthwith.jdbc.internal.sql;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sets the parameters of one statement, one after the other, each with its SQL type, also for null. Not thread-safe. */
public class Binder {
    /** No parameters. */
    public static final Params NONE = binder -> {};

    /** The longest delay, a hundred years: no sum overflows. */
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private final PreparedStatement statement;
    private final SqlDialect dialect;
    private int last;
    private long textLength;

    /** The parameters of a statement. */
    @FunctionalInterface
    public interface Params {
        void bind(Binder binder) throws SQLException;
    }

    public Binder(PreparedStatement statement, SqlDialect dialect) {
        this.statement = statement;
        this.dialect = dialect;
    }

    public Binder id(@Nullable UUID id) throws SQLException {
        dialect.bindId(statement, ++last, id);
        return this;
    }

    public Binder text(@Nullable String text) throws SQLException {
        statement.setString(++last, text);
        textLength += text == null ? 0 : text.length();
        return this;
    }

    public Binder number(long number) throws SQLException {
        statement.setLong(++last, number);
        return this;
    }

    public Binder number(@Nullable Integer number) throws SQLException {
        if (number == null) {
            statement.setNull(++last, Types.INTEGER);
        } else {
            statement.setInt(++last, number);
        }
        return this;
    }

    public Binder numberOrNull(@Nullable Long number) throws SQLException {
        if (number == null) {
            statement.setNull(++last, Types.BIGINT);
            return this;
        }
        return number(number.longValue());
    }

    public Binder time(@Nullable Instant time) throws SQLException {
        dialect.bindTime(statement, ++last, time);
        return this;
    }

    public Binder flag(boolean flag) throws SQLException {
        statement.setBoolean(++last, flag);
        return this;
    }

    public Binder flagOrNull(@Nullable Boolean flag) throws SQLException {
        if (flag == null) {
            statement.setNull(++last, Types.BOOLEAN);
            return this;
        }
        return flag(flag);
    }

    public Binder millis(@Nullable Duration length) throws SQLException {
        if (length == null) {
            statement.setNull(++last, Types.BIGINT);
        } else {
            statement.setLong(++last, length.toMillis());
        }
        return this;
    }

    public Binder locale(@Nullable Locale locale) throws SQLException {
        return text(locale == null ? null : locale.toLanguageTag());
    }

    public Binder micros(@Nullable Duration delay) throws SQLException {
        if (delay == null) {
            statement.setNull(++last, Types.BIGINT);
            return this;
        }
        return number(microsOf(delay));
    }

    public Binder ids(Collection<UUID> ids) throws SQLException {
        last = dialect.bindIds(statement, last, ids);
        return this;
    }

    /** Binds the ids of one <code>{among x}</code> and their bounds. */
    public final Binder among(Collection<UUID> ids) throws SQLException {
        List<UUID> sorted = IdOrder.sorted(ids);
        return ids(sorted)
                .id(sorted.isEmpty() ? null : sorted.get(0))
                .id(sorted.isEmpty() ? null : sorted.get(sorted.size() - 1));
    }

    public Binder texts(Collection<String> texts) throws SQLException {
        last = dialect.bindTexts(statement, last, texts);
        return this;
    }

    /** Binds an array with one id per item. */
    public <E> Binder ids(Collection<E> items, Function<E, @Nullable UUID> id) throws SQLException {
        statement.setObject(++last, arrayOf(items.stream().map(id).toList()), Types.OTHER);
        return this;
    }

    /** The text of an array. The driver makes the same text, but it looks in each id for characters to quote, which takes four times as long. */
    public static String arrayOf(Collection<? extends @Nullable UUID> ids) {
        StringJoiner array = new StringJoiner(",", "{", "}");
        for (UUID id : ids) {
            array.add(id == null ? "NULL" : id.toString());
        }
        return array.toString();
    }

    /** Binds an array with one text per item. The driver sends arrays in binary form only if they have the exact type. */
    public <E> Binder texts(Collection<E> items, Function<E, @Nullable String> text) throws SQLException {
        return array("varchar", items.stream().map(text).toArray(String[]::new));
    }

    /** Binds an array with one number per item. */
    public <E> Binder numbers(Collection<E> items, Function<E, @Nullable Long> number) throws SQLException {
        return array("int8", items.stream().map(number).toArray(Long[]::new));
    }

    /** Binds an array with one flag per item. */
    public <E> Binder flags(Collection<E> items, Function<E, @Nullable Boolean> flag) throws SQLException {
        return array("bool", items.stream().map(flag).toArray(Boolean[]::new));
    }

    private Binder array(String type, Object[] elements) throws SQLException {
        statement.setArray(++last, statement.getConnection().createArrayOf(type, elements));
        return this;
    }

    /** How many characters of single texts it has bound. */
    long textLength() {
        return textLength;
    }

    public static long microsOf(Duration delay) {
        return (delay.compareTo(FOREVER) > 0 ? FOREVER : delay).toNanos() / 1_000;
    }

    /** The microseconds since 1970, rounded down. The times of the databases that need this are within its range. */
    public static long microsOf(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
    }

    /** Adds a delay to a time; a longer one than a hundred years is shortened to that. */
    public static Instant later(Instant start, Duration delay) {
        return start.plusNanos(microsOf(delay) * 1_000);
    }
}
