/*
 * A worker is closed while its loops and the thread of a job are at work.
 *
 * It stops claiming, closes its slots and gives back what is in the buffer, waits for what runs, interrupts that and waits again, waits for
 * what is not settled, stops settling, stops beating, and deregisters, which deletes its row. It waits with patience only: each wait
 * may end without what it was for. Then it does not deregister, its lease lapses, and others take over what it holds.
 *
 * The claim loop may have a claim under way, whose answer comes late, or never. An answer that finds the slots closed is given back. One
 * that never came is asked for in the next round or, if there is none, once the claim loop has ended; that may not be answered. A job ends, is broken off and given back, or does not yield at all.
 *
 * Holds: when the worker deregisters it holds nothing but what a claim took whose answer was lost in the last round, if nobody answered
 * what that was; it has no worker then, which others find (take-over.pml). In the end nothing else is held, and no job is taken over while it runs, but for one that
 * has used up the patience.
 *
 * Twin DEREGISTERS_EARLY: it deregisters before it waits for what is not settled.
 * Twin CLAIMS_TO_THE_LAST: it stops claiming after it has given back and settled everything.
 * Twin FORGETS_LATE_CLAIM: it deregisters whether or not the claim loop has ended.
 * Twin FORGETS_RUNNING: it deregisters whether or not a job still runs.
 * Twin FORGETS_LOST_CLAIM: it does not ask what the last claim took.
 * Twin BEATS_STOP_EARLY: it stops beating before it waits for what runs.
 */
#define JOBS 2

mtype = { PENDING, HELD, ENDED };               /* a job in the store */
mtype = { NOWHERE, BUFFER, RUNNING, QUEUE };    /* a job in the worker */

mtype job[JOBS] = PENDING;
mtype at[JOBS] = NOWHERE;
bool isUnknown[JOBS];       /* held by a claim whose answer was lost */
bool isRegistered = true;   /* the worker's row */
bool beats = true;

byte serving;               /* threads of jobs */
byte unsettled;
bool isClosed;              /* the slots */
bool claimStops, claimEnded, settleStops;
bool gaveUp;                /* on jobs that run */
bool knows;                 /* what it held when the claim loop had ended */

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
        :: gaveUp -> break                      /* does not yield */
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
        :: atomic {                             /* what was taken over is refused */
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
    :: !claimEnded                              /* the patience is over */
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

/* The lease of a worker that does not beat lapses, and others take over. */
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
