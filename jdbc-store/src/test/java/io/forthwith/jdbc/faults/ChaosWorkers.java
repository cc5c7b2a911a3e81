package io.forthwith.jdbc.faults;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** The worker processes of {@link Chaos}, which are started, paused and killed, and when each was not alive and well. Not thread-safe. */
final class ChaosWorkers implements AutoCloseable {
    private final Random random;
    private final String through;
    private final String direct;
    private final Plant plant;
    private final Map<String, Child> children = new TreeMap<>();
    private final List<ChildProcess> dead = new ArrayList<>();
    private final Map<String, List<Absence>> absences = new TreeMap<>();
    private int started;

    /** A time in which a process was dead or paused, in milliseconds since 1970. */
    private record Absence(long fromMillis, long untilMillis) {}

    private record Child(ChildProcess process, long pausedUntilNanos) {
        boolean isPaused() {
            return pausedUntilNanos != 0;
        }
    }

    /**
     * None yet.
     *
     * @param through the database by way of the proxy
     * @param direct the database, by a way to which nothing happens
     */
    ChaosWorkers(Random random, String through, String direct, Plant plant) {
        this.random = random;
        this.through = through;
        this.direct = direct;
        this.plant = plant;
    }

    void startUpTo(int count) {
        while (children.size() < count) {
            String name = "w" + ++started;
            children.put(
                    name,
                    new Child(ChildProcess.start(ChaosWorker.class, name, through, direct, name, plant.name()), 0));
        }
    }

    private String anyName() {
        List<String> names = List.copyOf(children.keySet());
        return names.get(random.nextInt(names.size()));
    }

    /** Returns false if there is none. */
    boolean killOne() {
        if (children.isEmpty()) {
            return false;
        }
        String name = anyName();
        ChildProcess process = children.remove(name).process;
        isAbsent(name);
        process.close();
        dead.add(process);
        return true;
    }

    private void isAbsent(String name) {
        absences.computeIfAbsent(name, process -> new ArrayList<>())
                .add(new Absence(System.currentTimeMillis(), Long.MAX_VALUE));
    }

    /** For longer than its lease. Returns false if the one that was drawn is paused already. */
    boolean pauseOne() throws Exception {
        String name = anyName();
        Child child = children.get(name);
        if (child.isPaused()) {
            return false;
        }
        child.process.signal("STOP");
        long time = ChaosWorker.LEASE.multipliedBy(2 + random.nextInt(2)).toNanos();
        isAbsent(name);
        children.put(name, new Child(child.process, System.nanoTime() + time));
        return true;
    }

    /** How many stand still. */
    long paused() {
        return children.values().stream().filter(Child::isPaused).count();
    }

    /** Those whose pause is over go on. */
    void goOn(boolean all) throws Exception {
        for (Map.Entry<String, Child> each : children.entrySet()) {
            Child child = each.getValue();
            if (child.isPaused() && (all || child.pausedUntilNanos - System.nanoTime() <= 0)) {
                child.process.signal("CONT");
                List<Absence> its = absences.get(each.getKey());
                long from = its.get(its.size() - 1).fromMillis;
                its.set(its.size() - 1, new Absence(from, System.currentTimeMillis() + ChaosWorker.LEASE.toMillis()));
                each.setValue(new Child(child.process, 0));
            }
        }
    }

    /** @throws IllegalStateException if one has died by itself: no check of the jobs says so, and no planted bug may pass for found by it */
    void requireAlive() {
        children.forEach((name, child) -> {
            if (!child.process.isAlive()) {
                throw new IllegalStateException(name + " has died by itself; the workers said " + lastWords());
            }
        });
    }

    Map<String, List<String>> lastWords() {
        Map<String, List<String>> words = new TreeMap<>();
        children.forEach((name, child) -> {
            List<String> all = child.process.lines(line -> true);
            words.put(
                    name + (child.process.isAlive() ? "" : " (dead)"),
                    all.subList(Math.max(0, all.size() - 10), all.size()));
        });
        return words;
    }

    /**
     * The workers whose lease was ended by others although they were neither dead nor paused.
     *
     * @param burials the name of each worker whose lease was ended, and when, in milliseconds since 1970
     */
    List<String> buriedAlive(List<List<String>> burials) {
        return burials.stream()
                .filter(burial -> {
                    long at = Long.parseLong(burial.get(1));
                    return absences.getOrDefault(burial.get(0), List.of()).stream()
                            .noneMatch(absence -> absence.fromMillis <= at && at <= absence.untilMillis);
                })
                .map(burial -> burial.get(0) + " at " + Instant.ofEpochMilli(Long.parseLong(burial.get(1))))
                .toList();
    }

    /** In how many lines all of them, also the dead, have said this. */
    long said(String what) {
        List<ChildProcess> everyone = new ArrayList<>(dead);
        children.values().forEach(child -> everyone.add(child.process));
        return everyone.stream()
                .mapToLong(child -> child.lines(line -> line.contains(what)).size())
                .sum();
    }

    @Override
    public void close() {
        children.values().forEach(child -> child.process.close());
    }
}
