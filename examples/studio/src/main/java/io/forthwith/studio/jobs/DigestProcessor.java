package io.forthwith.studio.jobs;

import io.forthwith.BaseProcessor;
import io.forthwith.JobContext;
import io.forthwith.studio.Texts;
import io.forthwith.studio.credits.AccountStatement;
import io.forthwith.studio.credits.CreditLedger;
import io.forthwith.studio.film.FilmFolder;
import io.forthwith.studio.jobs.StudioJobs.Digest;
import io.forthwith.studio.jobs.StudioJobs.DigestFile;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Writes what each user was charged and has left. A schedule enqueues it every night. It may run twice: it replaces the file. */
public final class DigestProcessor extends BaseProcessor<Digest, DigestFile> {
    private final FilmFolder folder;
    private final CreditLedger credits;
    private final Texts texts;

    /** A processor. */
    public DigestProcessor(FilmFolder folder, CreditLedger credits, Texts texts) {
        super(StudioJobs.DIGEST);
        this.folder = folder;
        this.credits = credits;
        this.texts = texts;
    }

    @Override
    protected DigestFile process(Digest input, JobContext job) throws Exception {
        List<AccountStatement> accounts = credits.statements();
        String lines = accounts.stream()
                .map(account -> texts.say(
                        "digest_line", account.userId(), account.charged(), account.refunded(), account.balance()))
                .collect(Collectors.joining("\n", input.title() + "\n\n", "\n"));
        Path file = folder.storeDigest(lines);
        return new DigestFile(folder.nameOf(file), accounts.size());
    }
}
