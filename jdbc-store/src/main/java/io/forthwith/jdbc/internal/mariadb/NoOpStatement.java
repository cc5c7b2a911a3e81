package io.forthwith.jdbc.internal.mariadb;

import java.lang.reflect.Proxy;
import java.sql.PreparedStatement;

/** A statement that accepts any parameters and ignores them. */
final class NoOpStatement {
    static final PreparedStatement STATEMENT = (PreparedStatement) Proxy.newProxyInstance(
            NoOpStatement.class.getClassLoader(),
            new Class<?>[] {PreparedStatement.class},
            (proxy, method, arguments) -> null);

    private NoOpStatement() {}
}
