/** A codec for inputs and results that uses Jackson 2. */
@SuppressWarnings("module") // the digit is that of the version of Jackson
module io.forthwith.jackson2 {
    requires transitive com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.datatype.jdk8;
    requires com.fasterxml.jackson.datatype.jsr310;
    requires com.fasterxml.jackson.module.paramnames;
    requires transitive io.forthwith.core;
    requires static transitive org.jspecify;

    exports io.forthwith.jackson2;
}
