package io.forthwith.jdbc.internal.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("One server knows all sessions")
class ServerEpochTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "PostgreSQL 18.1 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 8.5.0, 64-bit",
                "PostgreSQL 15.15 (Debian 15.15-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
                "PostgreSQL 19devel on aarch64-apple-darwin, compiled by clang, 64-bit",
                "PostgreSQL 18beta2 (Ubuntu 18~beta2-1) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
                "PostgreSQL 17.2 - Percona Server for PostgreSQL 17.2.1 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit"
            })
    @DisplayName("where it is PostgreSQL itself")
    void itself(String version) {
        assertThat(ServerEpoch.isKeptBy(version)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PostgreSQL 15.12-YB-2025.1.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 17, 64-bit",
                "PostgreSQL 11.2-YB-2.18.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 15, 64-bit",
                "CockroachDB CCL v23.1.0 (x86_64-pc-linux-gnu, built 2023/05/10, go1.19.4)",
                "PostgreSQL 12.12 (Greenplum Database 7.0.0 build commit:1) on x86_64-pc-linux-gnu, compiled by gcc",
                "PostgreSQL 14.1",
                "PostgreSQL 16",
                "PostgreSQL 12.3, compiled by Visual C++ build 1914, 64-bit, QuestDB",
                "(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 on x86_64-unknown-linux-gnu, compiled by g++",
                ""
            })
    @DisplayName("and not where others speak its protocol")
    void others(String version) {
        assertThat(ServerEpoch.isKeptBy(version)).isFalse();
    }
}
