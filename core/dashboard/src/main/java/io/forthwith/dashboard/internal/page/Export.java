package io.forthwith.dashboard.internal.page;

import io.forthwith.Job;
import io.forthwith.JobError;
import io.forthwith.JobQuery;
import io.forthwith.dashboard.internal.data.Answer;
import io.forthwith.dashboard.internal.data.Source;
import io.forthwith.dashboard.internal.html.PageTexts;
import io.forthwith.dashboard.internal.http.Reply;
import io.forthwith.dashboard.internal.view.JobFilter;
import io.forthwith.dashboard.internal.view.View;
import io.forthwith.insight.JobPage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The jobs of a filter as a file, newest first, read page by page. Immutable. */
public final class Export {
    static final int MOST_ROWS = 10_000;
    /** A file is in memory as a whole until it is sent. */
    private static final Semaphore AT_ONCE = new Semaphore(2);

    private static final int MOST_LOOKS = 50;
    private static final int MOST_CHARACTERS = 20_000_000;
    private static final int LONGEST_READ = 10_000;
    private static final int LONGEST_CELL = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final double MILLIS = 1_000;
    private static final int BAD_REQUEST = 400;
    private static final int NO_ANSWER = 503;
    private static final DateTimeFormatter FILE_TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final List<Export> ALL = List.of(new Export(ExportFormat.CSV), new Export(ExportFormat.NDJSON));

    private static final Map<String, Cell> COLUMNS = columns();

    /** Reads a cell of a row from a job. */
    private interface Cell {
        /** A text, a number, or null. */
        @Nullable
        Object of(View view, Job job);
    }

    private final ExportFormat format;

    private Export(ExportFormat format) {
        this.format = format;
    }

    /** The export with this path; null if there is none. */
    public static @Nullable Export of(String path) {
        return ALL.stream()
                .filter(each -> path.equals("export." + each.format.ending()))
                .findFirst()
                .orElse(null);
    }

    /** A value that cannot be read is refused, because without it the file would have more jobs than were asked for. */
    public Reply response(View view) {
        JobFilter filter = JobFilter.of(view);
        if (!filter.problems().isEmpty()) {
            return Reply.plain(BAD_REQUEST, String.join("\n", filter.problems().values()));
        }
        if (!AT_ONCE.tryAcquire()) {
            return Reply.plain(NO_ANSWER, view.say("export.busy"));
        }
        try {
            return written(view, filter);
        } finally {
            AT_ONCE.release();
        }
    }

    private Reply written(View view, JobFilter filter) {
        StringBuilder out = new StringBuilder();
        Answer.Problem problem = write(view, filter, out);
        if (problem != null) {
            return Reply.plain(NO_ANSWER, view.say("problem." + problem));
        }
        Map<String, String> headers = Reply.headers(format.contentType());
        headers.put(
                "Content-Disposition",
                "attachment; filename=\"jobs-" + FILE_TIME.format(view.now()) + "." + format.ending() + "\"");
        return new Reply(200, headers, out.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Writes all rows; returns why there are none if the first look fails. */
    private Answer.@Nullable Problem write(View view, JobFilter filter, StringBuilder out) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        JobQuery next = filter.query(view).atMost(Source.MOST_JOBS);
        int rows = 0;
        Instant searchedBackTo = null;
        String end = null;
        format.begin(COLUMNS.keySet(), out);
        for (int looks = 0; next != null && end == null; looks++) {
            JobQuery query = next.atMost(Math.min(Source.MOST_JOBS, Math.max(1, MOST_ROWS - rows)));
            Answer<JobPage> answer =
                    view.source().ask(client -> filter.look(client, query)).await(deadline);
            JobPage page = answer.value();
            if (page == null) {
                if (looks == 0) {
                    return answer.problem();
                }
                end = "store";
                break;
            }
            page.jobs().forEach(job -> format.row(row(view, job), out));
            rows += page.jobs().size();
            next = page.next();
            searchedBackTo = page.searchedBackTo();
            end = next == null ? null : whyNow(rows, looks + 1, out.length(), deadline);
        }
        if (end != null) {
            format.truncated(
                    end, rows, searchedBackTo, view.say("export.truncated." + end, Integer.toString(rows)), out);
        }
        return null;
    }

    private static @Nullable String whyNow(int rows, int looks, int length, long deadline) {
        if (rows >= MOST_ROWS || length > MOST_CHARACTERS) {
            return "rows";
        }
        return looks >= MOST_LOOKS || System.nanoTime() - deadline > 0 ? "time" : null;
    }

    /** The cells of a job by their names, which are those of the columns in the database. */
    private static Map<String, @Nullable Object> row(View view, Job job) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        COLUMNS.forEach((name, cell) -> row.put(name, cell.of(view, job)));
        return row;
    }

    private static Map<String, Cell> columns() {
        Map<String, Cell> columns = new LinkedHashMap<>();
        columns.put("id", (view, job) -> job.id().toString());
        columns.put("type", (view, job) -> cut(job.type()));
        columns.put("status", (view, job) -> job.status().text());
        columns.put("queue", (view, job) -> cut(job.queue()));
        columns.put("priority", (view, job) -> job.priority());
        columns.put("user_id", (view, job) -> cut(job.userId()));
        columns.put("project_id", (view, job) -> cut(job.projectId()));
        columns.put("parent_id", (view, job) -> parent(view, job));
        columns.put("unique_key", (view, job) -> redacted(view, job.uniqueKey()));
        columns.put("attempt", (view, job) -> job.attempt());
        columns.put("max_attempts", (view, job) -> job.maxAttempts());
        columns.put("progress", (view, job) -> job.progress().percent());
        columns.put(
                "progress_message", (view, job) -> redacted(view, job.progress().message()));
        columns.put("error_kind", (view, job) -> kind(job.errorKind()));
        columns.put("error_code", (view, job) -> redacted(view, job.errorCode()));
        columns.put("error_message", (view, job) -> redacted(view, job.errorMessage()));
        columns.put("created_at", (view, job) -> text(job.createdAt()));
        columns.put("run_at", (view, job) -> text(job.runAt()));
        columns.put("started_at", (view, job) -> text(job.startedAt()));
        columns.put("completed_at", (view, job) -> text(job.completedAt()));
        columns.put("duration_seconds", (view, job) -> seconds(job.duration()));
        return columns;
    }

    private static @Nullable Double seconds(@Nullable Duration time) {
        return time == null ? null : time.toMillis() / MILLIS;
    }

    /** The parent may be a job that a viewer of some jobs only may not see. */
    private static @Nullable String parent(View view, Job job) {
        return job.parentId() == null || view.access().isScoped()
                ? null
                : job.parentId().toString();
    }

    private static @Nullable String kind(JobError.@Nullable Kind kind) {
        return kind == null ? null : kind.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null ? null : PageTexts.cut(text, LONGEST_CELL);
    }

    private static @Nullable String redacted(View view, @Nullable String text) {
        return text == null ? null : cut(view.redacted(PageTexts.cut(text, LONGEST_READ)));
    }
}
