package io.forthwith.studio.scenario;

/** A scenario in the studio, and the checks of its outcome. */
@FunctionalInterface
interface Scenario {
    /** Runs the scenario and checks the outcome. */
    void play(Stage stage, Checks checks) throws Exception;
}
