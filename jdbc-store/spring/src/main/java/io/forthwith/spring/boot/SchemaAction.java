package io.forthwith.spring.boot;

/** What is done about the tables when the application starts. */
public enum SchemaAction {
    /** Makes the tables, or brings them to the version of this library, before anything uses them. The default. */
    MIGRATE,
    /** Compares the tables with those of this version, and does not start if they differ: another tool migrates them. */
    VALIDATE,
    /** Nothing. A worker still looks at the tables when it starts. */
    NONE
}
