package io.forthwith.jdbc.internal.limits;

import io.forthwith.jdbc.internal.sql.Binder;
import io.forthwith.jdbc.internal.sql.Session;
import io.forthwith.jdbc.internal.sql.SqlDialect;
import io.forthwith.jdbc.internal.sql.StatementText;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A query that is asked many times, several times in one statement: a round trip for each would take long. Immutable and thread-safe. */
final class AskedTogether {
    private static final int MOST = 32;

    private final Map<Integer, StatementText> texts = new HashMap<>();

    /** @param one one query, as derived tables; its first column is its number, {@code %1$d} */
    AskedTogether(SqlDialect dialect, String one) {
        for (int number = 1; number <= MOST; number *= 2) {
            texts.put(
                    number,
                    dialect.sql(IntStream.range(0, number)
                            .mapToObj(one::formatted)
                            .collect(Collectors.joining(" UNION ALL "))));
        }
    }

    /** Binds one of the questions. */
    @FunctionalInterface
    interface Bind<Q> {
        void to(Binder binder, Q question) throws SQLException;
    }

    /** Reads a row that answers one of the questions. */
    @FunctionalInterface
    interface Read<Q, A> {
        @Nullable
        A answer(Q question, ResultSet row) throws SQLException;
    }

    <Q, A> List<A> ask(Session session, List<Q> questions, Bind<Q> bind, Read<Q, A> read) throws SQLException {
        List<A> answers = new ArrayList<>();
        int from = 0;
        while (from < questions.size()) {
            List<Q> some =
                    questions.subList(from, from + Math.min(MOST, Integer.highestOneBit(questions.size() - from)));
            answers.addAll(session.query(
                    Objects.requireNonNull(texts.get(some.size())),
                    binder -> {
                        for (Q question : some) {
                            bind.to(binder, question);
                        }
                    },
                    row -> read.answer(some.get(row.getInt(1)), row)));
            from += some.size();
        }
        return answers;
    }
}
