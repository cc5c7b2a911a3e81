package io.forthwith.studio.scenario;

/** Something that happens in a studio, and what must come of it. */
@FunctionalInterface
interface Scenario {
    /** Lets it happen and checks what came of it. */
    void play(Stage stage, Checks checks) throws Exception;
}
