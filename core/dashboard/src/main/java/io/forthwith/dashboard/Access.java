package io.forthwith.dashboard;

import io.forthwith.dashboard.internal.view.Rights;
import io.forthwith.internal.SafeText;
import java.util.Objects;

/**
 * What somebody may see and do. Immutable: every method returns a new value. {@link #view} sees all jobs, but not their inputs and results, and changes
 * nothing.
 */
public final class Access {
    private static final int LONGEST_NAME = 500;
    private static final Access NONE = new Access(new Rights("", false, false, false, false, null, null, null));

    private final Rights rights;

    private Access(Rights rights) {
        this.rights = rights;
    }

    /** Nothing at all. */
    public static Access none() {
        return NONE;
    }

    /**
     * To look at everything but inputs and results.
     *
     * @param who the person, as the audit log names them; control characters become spaces
     */
    public static Access view(String who) {
        Objects.requireNonNull(who, "who must not be null: name the person, as the audit log is to name them");
        // It is stored beside a pause and stands in the log.
        return new Access(new Rights(SafeText.line(who, LONGEST_NAME), true, false, false, false, null, null, null));
    }

    /** Also inputs and results of jobs and steps, after {@link Dashboard#redactor}; and the audit, which names people and addresses, unless it is for the jobs of one user or project only. */
    public Access payloads() {
        return new Access(rights.payloads());
    }

    /**
     * From where they come, as the audit is to name it: {@code asked.getRemoteAddr()}. By default the address that a {@link DashboardServer} sees; in a servlet
     * container it is not known unless it is given here.
     */
    public Access from(String address) {
        Objects.requireNonNull(address, "address must not be null: leave from() out if it is not known");
        return new Access(rights.from(address));
    }

    /** Also to retry and cancel jobs. */
    public Access actOnJobs() {
        return new Access(rights.onJobs());
    }

    /**
     * Also to pause and resume queues, keys of limits and schedules, to override limits for one key, to let the
     * others of a sequence pass a job that has failed, and to run schedules. Not possible for jobs of one user or
     * project only.
     */
    public Access actOnQueues() {
        return new Access(rights.onQueues());
    }

    /** Only the jobs of one user: pages about queues, limits, schedules, workers and the whole are closed. */
    public Access onlyUser(String userId) {
        Objects.requireNonNull(userId, "userId must not be null: leave onlyUser() out for jobs of every user");
        requireStorable("userId", userId);
        return new Access(rights.ofUser(userId));
    }

    /** Only the jobs of one project: pages about queues, limits, schedules, workers and the whole are closed. */
    public Access onlyProject(String projectId) {
        Objects.requireNonNull(
                projectId, "projectId must not be null: leave onlyProject() out for jobs of every project");
        requireStorable("projectId", projectId);
        return new Access(rights.ofProject(projectId));
    }

    private static void requireStorable(String what, String value) {
        if (!SafeText.isStorable(value)) {
            throw new IllegalArgumentException(what + " \"" + SafeText.line(value, LONGEST_NAME)
                    + "\" has NUL or half a character, so no job has it: give the one with which jobs are enqueued");
        }
    }

    /** What the pages ask, which is what the host has decided here. */
    Rights rights() {
        return rights;
    }
}
