package io.forthwith.studio.show;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A table")
class TableTest {
    @Test
    @DisplayName("is aligned, also with Chinese characters, which take two columns")
    void aligned() {
        Table table = new Table(List.of("type", "error_message", "progress"), Set.of("progress"));
        table.add(List.of("a", "积分不足", "0"));
        table.add(List.of("longer", "Insufficient", "100"));

        assertThat(table.lines())
                .containsExactly(
                        "  type    error_message  progress",
                        "  ──────  ─────────────  ────────",
                        "  a       积分不足              0",
                        "  longer  Insufficient        100");
    }

    @Test
    @DisplayName("cuts a text that is too wide, but never in the middle of a character")
    void cut() {
        assertThat(Columns.cut("视频配置不存在", 14)).isEqualTo("视频配置不存在");
        assertThat(Columns.cut("视频配置不存在", 8)).isEqualTo("视频配…");
        assertThat(Columns.cut("abcdef", 4)).isEqualTo("abc…");
    }
}
