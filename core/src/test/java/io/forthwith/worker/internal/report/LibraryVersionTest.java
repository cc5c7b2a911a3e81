package io.forthwith.worker.internal.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;

class LibraryVersionTest {
    @Test
    void is_never_missing() {
        assertThat(LibraryVersion.CURRENT).isNotBlank();
    }

    @Test
    void is_unknown_where_the_classes_lie_in_a_folder() {
        assumeThat(LibraryVersion.class.getModule().isNamed()).isFalse();

        assertThat(LibraryVersion.CURRENT).isEqualTo(LibraryVersion.UNKNOWN);
    }
}
