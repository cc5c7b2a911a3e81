package io.forthwith.examples.customstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.forthwith.ChildFailurePolicy;
import io.forthwith.Job;
import io.forthwith.JobQuery;
import io.forthwith.JobStatus;
import io.forthwith.JobStoreException;
import io.forthwith.NewJob;
import io.forthwith.insight.WorkerLoad;
import io.forthwith.store.Added;
import io.forthwith.store.BeatAnswer;
import io.forthwith.store.Claim;
import io.forthwith.store.ClaimRequest;
import io.forthwith.store.EncodedJob;
import io.forthwith.store.ReadModelFactory;
import io.forthwith.store.Settlement;
import io.forthwith.store.SpawnedJobs;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left after a process was killed, after a write was incomplete, and after the disk refused a write. */
@Tag("slow")
class KeyValueCrashTest {
    private static final int SECTOR = 512;

    @TempDir
    Path directory;

    private Path file;
    private KeyValueJobStore store;

    @BeforeEach
    void open() {
        file = directory.resolve("jobs");
        reopen();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void reopen() {
        if (store != null) {
            store.close();
        }
        store = KeyValueJobStore.open(file, InstantSource.system());
    }

    @Test
    @DisplayName("a killed process loses no family that it has reported, and leaves no incomplete family")
    void killed() throws IOException, InterruptedException {
        store.close();
        long seed = new Random().nextLong();
        System.out.println("KeyValueCrashTest.killed: seed " + seed);
        Random random = new Random(seed);
        List<UUID> answered = new ArrayList<>();
        for (int kill = 1; kill <= 3; kill++) {
            answered.addAll(addUntilKilled(1 + random.nextInt(40)));
            store = KeyValueJobStore.open(file, InstantSource.system());
            for (UUID parent : answered) {
                assertThat(store.children(parent, 0, 10))
                        .as("seed %s, kill %s", seed, kill)
                        .hasSize(AddingMain.CHILDREN);
            }
            long unanswered = store.countByScan(JobQuery.all()) - answered.size() * (AddingMain.CHILDREN + 1L);
            assertThat(unanswered % (AddingMain.CHILDREN + 1))
                    .as("seed %s, kill %s", seed, kill)
                    .isZero();
            store.close();
        }
    }

    /** Lets another process add families, kills it after it has reported so many, and returns all that it has reported. */
    private List<UUID> addUntilKilled(int families) throws IOException, InterruptedException {
        Process adding = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AddingMain.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<UUID> named = new ArrayList<>();
        try (BufferedReader lines = adding.inputReader()) {
            while (named.size() < families) {
                String line = lines.readLine();
                assertThat(line).as("what the other process says").isNotNull();
                named.add(UUID.fromString(line));
            }
            // Process.destroyForcibly would drop output that was not read yet.
            adding.toHandle().destroyForcibly();
            lines.lines()
                    .filter(line -> line.length() == 36)
                    .map(UUID::fromString)
                    .forEach(named::add);
        } finally {
            adding.destroyForcibly();
        }
        assertThat(adding.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return named;
    }

    @Test
    @DisplayName("a call happens as a whole or not at all, whatever part of it has reached the disk")
    void torn() throws IOException {
        add(Jobs.job("whole 🎬"));
        List<Job> before = jobs();
        byte[] old = Files.readAllBytes(file);
        NewJob parent = Jobs.job("parent");
        add(parent, Jobs.job("child").parent(parent));
        List<Job> after = jobs();
        byte[] now = Files.readAllBytes(file);

        List<Integer> changed = changedSectors(old, now);
        assertThat(changed).hasSizeGreaterThan(2);
        for (int written = 0; written <= changed.size(); written++) {
            List<Job> first = jobsOf(with(old, now, changed.subList(0, written)));
            assertThat(first).as("the first %s of %s", written, changed.size()).isIn(before, after);
            List<Job> last = jobsOf(with(old, now, changed.subList(changed.size() - written, changed.size())));
            assertThat(last).as("the last %s of %s", written, changed.size()).isIn(before, after);
        }
        assertThat(jobsOf(old)).isEqualTo(before);
        assertThat(jobsOf(now)).isEqualTo(after);
    }

    private static List<Integer> changedSectors(byte[] old, byte[] now) {
        List<Integer> changed = new ArrayList<>();
        for (int sector = 0; sector * SECTOR < now.length; sector++) {
            if (!Arrays.equals(sector(old, sector), sector(now, sector))) {
                changed.add(sector);
            }
        }
        return changed;
    }

    private static byte[] sector(byte[] bytes, int sector) {
        int from = Math.min(bytes.length, sector * SECTOR);
        return Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + SECTOR));
    }

    /** The old file with these sectors of the new one. */
    private static byte[] with(byte[] old, byte[] now, List<Integer> sectors) {
        int end = sectors.stream()
                .mapToInt(sector -> Math.min(now.length, (sector + 1) * SECTOR))
                .max()
                .orElse(0);
        byte[] torn = Arrays.copyOf(old, Math.max(old.length, end));
        for (int sector : sectors) {
            byte[] written = sector(now, sector);
            System.arraycopy(written, 0, torn, sector * SECTOR, written.length);
        }
        return torn;
    }

    private List<Job> jobsOf(byte[] bytes) throws IOException {
        Path torn = directory.resolve("torn");
        Files.write(torn, bytes);
        try (KeyValueJobStore opened = KeyValueJobStore.open(torn, InstantSource.system())) {
            return opened.scan(JobQuery.all());
        }
    }

    @Test
    @DisplayName("jobs that are added after an incomplete call are found after the next restart")
    void goes_on_after_torn_call() throws IOException {
        add(Jobs.job("first"));
        byte[] before = Files.readAllBytes(file);
        add(Jobs.job("torn"));
        byte[] after = Files.readAllBytes(file);
        store.close();
        List<Integer> changed = changedSectors(before, after);
        Files.write(file, with(before, after, changed.subList(0, changed.size() / 2)));
        reopen();

        add(Jobs.job("second"));
        reopen();

        assertThat(jobs()).extracting(Job::input).containsExactly("\"second\"", "\"first\"");
    }

    @Test
    @DisplayName("a file of another kind is refused by its name, and not changed")
    void damaged() throws IOException {
        Path other = Files.writeString(directory.resolve("other"), "no jobs in here".repeat(1_000));

        assertThatThrownBy(() -> KeyValueJobStore.open(other, InstantSource.system()))
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining(other.toString());
        assertThat(other).hasContent("no jobs in here".repeat(1_000));
    }

    @Test
    @DisplayName("only one store at a time can open a file")
    void open_once() {
        assertThatThrownBy(() -> KeyValueJobStore.open(file, InstantSource.system()))
                .isInstanceOf(JobStoreException.class)
                .hasMessageContaining(file.toString());

        add(Jobs.job("x"));
        reopen();
        assertThat(jobs()).hasSize(1);
    }

    @Test
    @DisplayName("a closed store changes nothing and throws")
    void closed() {
        store.close();
        store.close();

        assertThatThrownBy(() -> add(Jobs.job("x")))
                .isInstanceOfSatisfying(
                        JobStoreException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.TRANSIENT))
                .hasMessageContaining("closed");
        reopen();
        assertThat(jobs()).isEmpty();
    }

    @Test
    @DisplayName("after a failed write a call may have happened or not; repeated with the same ids, it happens once")
    void refused_write() {
        useRefusingDisk();
        NewJob refused = Jobs.job("refused");

        RefusingDisk.WRITES.set(1);
        assertUnknownOutcome(refused);

        assertThat(store.add(Jobs.encoded(refused)).get(0).outcome()).isEqualTo(Added.Outcome.ADDED);
        RefusingDisk.SYNCS.set(1);
        NewJob unsure = Jobs.job("unsure");
        assertUnknownOutcome(unsure);
        store.add(Jobs.encoded(unsure));
        assertThat(jobs()).extracting(Job::id).containsExactly(unsure.id(), refused.id());
        reopen();
        assertThat(jobs()).extracting(Job::id).containsExactly(unsure.id(), refused.id());
    }

    @Test
    @DisplayName("a worker does not count as dead after the file was opened again")
    void leases_after_refused_write() {
        useRefusingDisk();
        UUID worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "test", "localhost", 1), Duration.ofMinutes(1));

        RefusingDisk.WRITES.set(1);
        assertUnknownOutcome(Jobs.job("refused"));

        assertThat(store.beat(worker, Duration.ofMinutes(1), WorkerLoad.NONE)).isNotEqualTo(BeatAnswer.DEAD);
    }

    private void useRefusingDisk() {
        RefusingDisk.register();
        store.close();
        store = KeyValueJobStore.open(RefusingDisk.SCHEME + ":" + file, InstantSource.system());
    }

    private void assertUnknownOutcome(NewJob job) {
        assertThatThrownBy(() -> add(job))
                .isInstanceOfSatisfying(
                        JobStoreException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(JobStoreException.Kind.UNKNOWN_OUTCOME));
    }

    @Test
    @DisplayName(
            "a transaction that throws at its end, after megabytes, changes nothing, and the next one does not write it either")
    void thrown_at_the_end() {
        add(Jobs.job("there"));
        Job running = claim(1).get(0);
        String large = "\"" + "x".repeat(20_000) + "\"";

        assertThatThrownBy(() -> store.atomically(rows -> {
                    for (int i = 0; i < 3_000; i++) {
                        rows.put(Job.builder(UUID.randomUUID(), "scan", running.createdAt())
                                .input(large)
                                .build());
                    }
                    rows.delete(running.id());
                    throw new IllegalStateException("at the end");
                }))
                .isInstanceOf(IllegalStateException.class);
        add(Jobs.job("next"));
        assertThat(store.find(running.id())).contains(running);
        reopen();

        assertThat(store.countByScan(JobQuery.all().status(JobStatus.PROCESSING)))
                .isOne();
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
    }

    @Test
    @DisplayName("an invalid settlement is refused before anything changes")
    void refused_settlement() {
        NewJob parent = Jobs.job("parent");
        add(parent, Jobs.job("bad"));
        List<Job> running = claim(2);
        List<EncodedJob> child =
                Jobs.encoded(Jobs.job("child").parent(running.get(0).id()));
        // The job shall wait for a job that is not its child.
        List<EncodedJob> stranger = Jobs.encoded(Jobs.job("stranger"));

        assertThatThrownBy(() ->
                        store.settle(List.of(awaiting(running.get(0), child), awaiting(running.get(1), stranger))))
                .isInstanceOf(IllegalArgumentException.class);
        reopen();

        assertThat(store.countByScan(JobQuery.all().status(JobStatus.PROCESSING)))
                .isEqualTo(2);
        assertThat(store.countByScan(JobQuery.all())).isEqualTo(2);
    }

    private static Settlement awaiting(Job job, List<EncodedJob> children) {
        return Settlement.awaitChildren(
                Claim.of(job), null, new SpawnedJobs(children, ChildFailurePolicy.FAIL_AT_ONCE, false));
    }

    @Test
    @DisplayName("the file stays below a small multiple of the size of its rows, although they change often")
    void compaction() throws IOException {
        for (int i = 0; i < 20; i++) {
            add(Jobs.job("x".repeat(5_000)));
        }
        long longest = 0;
        for (int i = 0; i < 300; i++) {
            store.settle(List.of(Settlement.giveBack(Claim.of(claim(1).get(0)))));
            longest = Math.max(longest, Files.size(file));
        }

        // 600 rows of 5,000 characters were written; a write rewrites a page with several rows.
        assertThat(longest).isLessThan(2_500_000);
        reopen();
        assertThat(jobs()).hasSize(20);
    }

    @Test
    @DisplayName("a job thread that its worker interrupts can still add jobs, and does not damage the store")
    void interrupted() {
        add(Jobs.job("first"));

        Thread.currentThread().interrupt();
        add(Jobs.job("second"));

        assertThat(Thread.interrupted()).isTrue();
        add(Jobs.job("third"));
        reopen();
        assertThat(jobs()).hasSize(3);
    }

    private List<Job> jobs() {
        return store.scan(JobQuery.all());
    }

    private void add(NewJob... jobs) {
        store.add(Jobs.encoded(jobs));
    }

    private List<Job> claim(int limit) {
        UUID worker = UUID.randomUUID();
        store.register(ReadModelFactory.workerInfo(worker, "test", "localhost", 1), Duration.ofMinutes(1));
        return store.claim(new ClaimRequest(worker, List.of(NewJob.DEFAULT_QUEUE), limit, Set.of(), 3));
    }
}
