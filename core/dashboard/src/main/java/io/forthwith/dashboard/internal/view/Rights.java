package io.forthwith.dashboard.internal.view;

import org.jspecify.annotations.Nullable;

/**
 * What a viewer may see and do. Immutable.
 *
 * @param who the person, as the audit log names them
 * @param user whose jobs alone may be seen; null for those of all
 * @param project whose jobs alone may be seen; null for those of all
 * @param address from where; null if it is not known
 */
public record Rights(
        String who,
        boolean views,
        boolean seesPayloads,
        boolean actsOnJobs,
        boolean actsOnQueues,
        @Nullable String user,
        @Nullable String project,
        @Nullable String address) {
    /** Also inputs and results. */
    public Rights payloads() {
        return new Rights(who, views, true, actsOnJobs, actsOnQueues, user, project, address);
    }

    /** Also to act on jobs. */
    public Rights onJobs() {
        return new Rights(who, views, seesPayloads, true, actsOnQueues, user, project, address);
    }

    /** Also to act on queues and schedules. */
    public Rights onQueues() {
        return new Rights(who, views, seesPayloads, actsOnJobs, true, user, project, address);
    }

    /** Only the jobs of one user. */
    public Rights ofUser(String only) {
        return new Rights(who, views, seesPayloads, actsOnJobs, actsOnQueues, only, project, address);
    }

    /** Only the jobs of one project. */
    public Rights ofProject(String only) {
        return new Rights(who, views, seesPayloads, actsOnJobs, actsOnQueues, user, only, address);
    }

    /** From this address. */
    public Rights from(String where) {
        return new Rights(who, views, seesPayloads, actsOnJobs, actsOnQueues, user, project, where);
    }

    /** Whether it is for who has done what: that names people and addresses, and jobs of everybody. */
    public boolean seesAudit() {
        return seesPayloads() && !isScoped();
    }

    @Override
    public boolean seesPayloads() {
        return views && seesPayloads;
    }

    @Override
    public boolean actsOnJobs() {
        return views && actsOnJobs;
    }

    @Override
    public boolean actsOnQueues() {
        return views && actsOnQueues && !isScoped();
    }

    /** Whether it is for the jobs of one user or project only. */
    public boolean isScoped() {
        return user != null || project != null;
    }
}
