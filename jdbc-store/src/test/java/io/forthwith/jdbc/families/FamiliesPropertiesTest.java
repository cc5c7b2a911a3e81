package io.forthwith.jdbc.families;

import io.forthwith.jdbc.TestDatabase;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.PropagationMode;

/**
 * Whatever is said to a store about families and graphs, it answers and does what a model of them does: jobs are added, spawned, run,
 * failed, cancelled, retried, taken over and deleted at random.
 */
@AddLifecycleHook(value = Thoroughness.class, propagateTo = PropagationMode.ALL_DESCENDANTS)
@PropertyDefaults(shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
class FamiliesPropertiesTest {
    private static final int MOST_COMMANDS = 80;

    @Property(tries = 600)
    void in_memory(@ForAll("scripts") Draws.Script script) {
        Shortening.play(StoreUnderTest::inMemory, script.commands());
    }

    @Property(tries = 10)
    void in_h2(@ForAll("scripts") Draws.Script script) {
        Shortening.play(() -> StoreUnderTest.in(TestDatabase.H2), script.commands());
    }

    @Property(tries = 20)
    void in_postgresql(@ForAll("scripts") Draws.Script script) {
        Shortening.play(() -> StoreUnderTest.in(TestDatabase.POSTGRESQL), script.commands());
    }

    @Property(tries = 10)
    void in_mariadb(@ForAll("scripts") Draws.Script script) {
        Shortening.play(() -> StoreUnderTest.in(TestDatabase.MARIADB), script.commands());
    }

    @Property(tries = 10)
    void in_sqlite(@ForAll("scripts") Draws.Script script) {
        Shortening.play(() -> StoreUnderTest.in(TestDatabase.SQLITE), script.commands());
    }

    @Provide
    Arbitrary<Draws.Script> scripts() {
        return Draws.scripts(MOST_COMMANDS);
    }
}
