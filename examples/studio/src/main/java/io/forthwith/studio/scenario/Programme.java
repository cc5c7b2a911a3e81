package io.forthwith.studio.scenario;

import io.forthwith.studio.images.Allowance;
import io.forthwith.studio.process.WorkerProcesses;
import io.forthwith.studio.show.Console;
import io.forthwith.worker.WorkerBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** All scenarios, one after the other. */
public final class Programme {
    /** What {@link #ofOneProcess} leaves out. */
    public static final List<String> OF_TWO_PROCESSES = List.of("7", "S");

    private final Map<String, Scenario> scenarios;

    Programme(Map<String, Scenario> scenarios) {
        this.scenarios = scenarios;
    }

    /**
     * The scenarios that need one process only, and work on every database.
     *
     * @param workers gives workers of the studio that have not been started
     * @param allowance what the image service allows each API key
     */
    public static Programme ofOneProcess(Supplier<WorkerBuilder> workers, Allowance allowance) {
        return new Programme(scenarios(workers, allowance));
    }

    /** All scenarios. */
    public static Programme full(Supplier<WorkerBuilder> workers, Allowance allowance, WorkerProcesses processes) {
        Map<String, Scenario> scenarios = scenarios(workers, allowance);
        scenarios.put("7", new KilledWorker(processes));
        scenarios.put("S", new SurvivingStep(processes));
        return new Programme(scenarios);
    }

    /** The scenarios by number, in their order, because later scenarios use the results of earlier ones. */
    private static Map<String, Scenario> scenarios(Supplier<WorkerBuilder> workers, Allowance allowance) {
        Map<String, Scenario> scenarios = new LinkedHashMap<>();
        scenarios.put("1", new TooFewCredits());
        scenarios.put("2", new InvalidApiKey());
        scenarios.put("3", new UnknownType());
        scenarios.put("4", new MissingVideoConfig());
        scenarios.put("5", new Success());
        scenarios.put("R", new BusyApi());
        scenarios.put("A", new RateLimited());
        scenarios.put("C", new CancelledImage());
        scenarios.put("T", new TimeLimit());
        scenarios.put("N", new NotReadyYet());
        BrokenEpisode broken = new BrokenEpisode();
        scenarios.put("6a", broken::fails);
        scenarios.put("6b", broken::isRetried);
        scenarios.put("6c", new WholeFilm());
        scenarios.put("D", new NightlyDigest());
        scenarios.put("B", new Notifications());
        scenarios.put("W", new SavedStoryboards());
        scenarios.put("L", new LimitedKeys(workers, allowance));
        return scenarios;
    }

    /** How many scenarios there are. */
    public int size() {
        return scenarios.size();
    }

    /**
     * Runs all scenarios. If one fails its checks or throws, the others still run.
     *
     * @return how many have failed
     */
    public int play(Stage stage, Console console) throws InterruptedException {
        int wrong = 0;
        for (Map.Entry<String, Scenario> scenario : scenarios.entrySet()) {
            wrong += play(scenario.getKey(), scenario.getValue(), stage, console) ? 0 : 1;
        }
        return wrong;
    }

    private static boolean play(String number, Scenario scenario, Stage stage, Console console)
            throws InterruptedException {
        console.line("");
        console.line(console.bold(number + "  " + stage.texts().say("title_" + number)));
        console.line("  "
                + console.dim(stage.texts().say("expected", stage.texts().say("expected_" + number))));
        Checks checks = new Checks(console, stage.texts());
        try {
            scenario.play(stage, checks);
        } catch (InterruptedException stopped) {
            throw stopped;
        } catch (Exception broken) {
            checks.that(false, "scenario", broken.toString(), "no exception");
        }
        return checks.allWell();
    }
}
