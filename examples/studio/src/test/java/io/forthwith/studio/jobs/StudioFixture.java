package io.forthwith.studio.jobs;

import com.zaxxer.hikari.HikariDataSource;
import io.forthwith.Job;
import io.forthwith.JobStatus;
import io.forthwith.JobType;
import io.forthwith.json.JobCodec;
import io.forthwith.studio.TestDatabase;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.film.Storyboard;
import io.forthwith.studio.film.VideoConfigs;
import io.forthwith.studio.images.ImageApi;
import io.forthwith.studio.images.ImageClient;
import io.forthwith.testing.FakeJobContext;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** Real but small objects for the processors, and jobs of the user ada, who has 20 credits. */
final class StudioFixture implements AutoCloseable {
    static final String KEY = "secret";

    final HikariDataSource database = TestDatabase.open();
    final Texts texts = Texts.in("en");
    final Storyboard storyboard = Storyboard.shipped();
    final VideoConfigs configs = new VideoConfigs(storyboard.videoConfigs());
    final CreditLedger credits = new CreditLedger(database, texts);
    final ImageApi api = ImageApi.start(KEY, Duration.ofMillis(1));
    final ImageClient images = new ImageClient(api.uri(), KEY, texts);
    final FilmFolder folder;

    StudioFixture(Path root) throws Exception {
        folder = new FilmFolder(root);
        credits.createTables();
        credits.open("ada", 20);
    }

    FakeJobContext job(Object input) {
        return FakeJobContext.of(input).withJob(processing().build());
    }

    /** A job with a charge that an earlier attempt has begun. */
    FakeJobContext begun(Object input) {
        return FakeJobContext.of(input).withJob(processing().hasUndo(true).build());
    }

    private static Job.Builder processing() {
        return Job.builder(UUID.randomUUID(), "test", Instant.EPOCH)
                .userId("ada")
                .status(JobStatus.PROCESSING)
                .claim(1)
                .attempt(1);
    }

    /** A job of this type that has completed with this result. */
    static Job completed(JobType<?> type, Object result) {
        return Job.builder(UUID.randomUUID(), type.name(), Instant.EPOCH)
                .status(JobStatus.COMPLETED)
                .result(JobCodec.standard().write(result))
                .completedAt(Instant.EPOCH)
                .build();
    }

    AccountStatement account() throws Exception {
        return credits.statement("ada");
    }

    @Override
    public void close() {
        api.close();
        database.close();
    }
}
