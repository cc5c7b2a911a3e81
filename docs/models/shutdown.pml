/*
 * A worker stops while its loops and the thread of a job are running.
 *
 * The worker does this in order: it stops claiming; closes its slots and gives back the buffered jobs; waits for the running jobs,
 * interrupts them and waits again; waits for the jobs that are not settled; stops settling; stops its heartbeats; and deregisters,
 * which deletes its row. Each wait has a time-out. If a wait ends by its time-out, the worker does not deregister: its lease lapses,
 * and other workers take over the jobs that it holds.
 *
 * The claim loop may be in the middle of a claim. The answer may come late or never. If the answer comes after the slots were closed,
 * its job is given back. If the answer never comes, the worker asks the store which job the claim took: in the next round of the claim
 * loop or, if there is none, after the claim loop has ended. This question may get no answer either. A job ends, is interrupted and
 * given back, or does not return at all.
 *
 * Holds: when the worker deregisters, it holds at most one job: the answer to the last claim was lost, and so was the answer to the
 * question which job that claim took. That job then has no worker, and other workers find it by that (take-over.pml). In the end no
 * other job is held. No job is taken over while it runs, except a job that has not returned before the time-out.
 *
 * Twin DEREGISTERS_EARLY: the worker deregisters before it waits for the jobs that are not settled.
 * Twin CLAIMS_TO_THE_LAST: the worker stops claiming after it has given back and settled everything.
 * Twin FORGETS_LATE_CLAIM: the worker deregisters although the claim loop has not ended.
 * Twin FORGETS_RUNNING: the worker deregisters although a job still runs.
 * Twin FORGETS_LOST_CLAIM: the worker does not ask which job the last claim took.
 * Twin BEATS_STOP_EARLY: the worker stops its heartbeats before it waits for the running jobs.
 */
#define JOBS 2

mtype = { PENDING, HELD, ENDED };               /* a job in the store */
mtype = { NOWHERE, BUFFER, RUNNING, QUEUE };    /* a job in the worker */

mtype job[JOBS] = PENDING;
mtype at[JOBS] = NOWHERE;
bool isUnknown[JOBS];       /* the answer to the claim that took the job was lost */
bool isRegistered = true;   /* whether the worker has a row */
bool beats = true;

byte serving;               /* threads that run a job */
byte unsettled;
bool isClosed;              /* whether the slots are closed */
bool claimStops, claimEnded, settleStops;
bool gaveUp;                /* whether the wait for running jobs timed out */
bool knows;                 /* whether the store said which jobs the worker held after the claim loop ended */

inline toSettle(j) {
    at[j] = QUEUE; unsettled++
}

active proctype ClaimLoop() {
    byte j;
    do
    :: claimStops -> break
    :: !claimStops ->
        if
        :: atomic { isUnknown[0] && job[0] == HELD -> isUnknown[0] = false; toSettle(0) }
        :: atomic { isUnknown[1] && job[1] == HELD -> isUnknown[1] = false; toSettle(1) }
        :: !(isUnknown[0] && job[0] == HELD) && !(isUnknown[1] && job[1] == HELD) ->
            atomic {                            /* the store hands out one job, or none */
                if
                :: isRegistered && job[0] == PENDING && at[0] == NOWHERE -> job[0] = HELD; j = 0
                :: isRegistered && job[1] == PENDING && at[1] == NOWHERE -> job[1] = HELD; j = 1
                :: j = JOBS
                fi
            };
            if                                  /* the answer arrives, or is lost */
            :: atomic {
                    j < JOBS ->
                    if
                    :: isClosed -> toSettle(j)
                    :: !isClosed -> at[j] = BUFFER
                    fi
                }
            :: atomic { j < JOBS -> isUnknown[j] = true }
            :: j == JOBS
            fi;
            j = 0
        fi
    od;
    claimEnded = true
}

/* One slot. */
active proctype Slot() {
    byte j;
end:
    do
    :: atomic {
            at[0] == BUFFER || at[1] == BUFFER ->
            if
            :: at[0] == BUFFER -> j = 0
            :: at[1] == BUFFER -> j = 1
            fi;
            at[j] = RUNNING; serving++
        };
        if
        :: atomic { toSettle(j) };
            serving--
        :: gaveUp -> break                      /* does not return */
        fi;
        j = 0
    od
}

active proctype SettleLoop() {
    byte j;
end:
    do
    :: atomic {
            !settleStops && (at[0] == QUEUE || at[1] == QUEUE) ->
            if
            :: at[0] == QUEUE -> j = 0
            :: at[1] == QUEUE -> j = 1
            fi
        };
        if
        :: atomic {                             /* the settlement of a job that was taken over is refused */
                if
                :: job[j] == HELD -> job[j] = ENDED
                :: job[j] == HELD -> job[j] = PENDING
                :: job[j] != HELD
                fi;
                at[j] = NOWHERE
            };
            unsettled--
        :: skip                                 /* the store does not answer */
        fi;
        j = 0
    od
}

inline deregister() {
    atomic {
        assert(job[0] != HELD || (isUnknown[0] && !knows));
        assert(job[1] != HELD || (isUnknown[1] && !knows));
        isRegistered = false
    }
}

inline stopClaiming() {
    claimStops = true;
    if
    :: claimEnded -> claimsNoMore = true;
        if
        :: atomic {
#ifndef FORGETS_LOST_CLAIM
                if
                :: isUnknown[0] && job[0] == HELD -> isUnknown[0] = false; toSettle(0)
                :: else
                fi;
                if
                :: isUnknown[1] && job[1] == HELD -> isUnknown[1] = false; toSettle(1)
                :: else
                fi;
#endif
                knows = true
            }
        :: skip                                 /* the store does not answer */
        fi
    :: !claimEnded                              /* the time-out has passed */
    fi
}

active proctype Stop() {
    bool claimsNoMore, isIdle, isSettled;
#ifndef CLAIMS_TO_THE_LAST
    stopClaiming();
#endif
    atomic {
        isClosed = true;
        if
        :: at[0] == BUFFER -> toSettle(0)
        :: else
        fi;
        if
        :: at[1] == BUFFER -> toSettle(1)
        :: else
        fi
    };
#ifdef BEATS_STOP_EARLY
    beats = false;
#endif
    if
    :: atomic { serving == 0 -> isIdle = true }
    :: atomic { serving > 0 -> gaveUp = true }
    fi;
#ifdef FORGETS_LATE_CLAIM
    claimsNoMore = true;
#endif
#ifdef FORGETS_RUNNING
    isIdle = true;
#endif
#ifdef DEREGISTERS_EARLY
    if
    :: isIdle && claimsNoMore -> deregister()
    :: else
    fi;
#endif
    if
    :: atomic { unsettled == 0 -> isSettled = true }
    :: unsettled > 0
    fi;
    settleStops = true;
#ifdef CLAIMS_TO_THE_LAST
    stopClaiming();
#endif
    beats = false;
    if
    :: isIdle && isSettled && claimsNoMore -> deregister()
    :: else
    fi
}

/* Without heartbeats the lease lapses, and other workers take the jobs over. */
active proctype Others() {
end:
    atomic {
        !beats && isRegistered ->
        assert(serving == 0 || gaveUp);
        isRegistered = false;
        if
        :: job[0] == HELD -> job[0] = PENDING
        :: else
        fi;
        if
        :: job[1] == HELD -> job[1] = PENDING
        :: else
        fi
    }
}

init {
    timeout;
    assert(!isRegistered);
    assert(job[0] != HELD || (isUnknown[0] && !knows));
    assert(job[1] != HELD || (isUnknown[1] && !knows))
}
