/*
 * Somebody cancels and retries a job by hand, while workers claim it, settle it and lose it.
 *
 * Every call is a transaction that locks the row first and looks at it then, so it is one indivisible step here, where it is not
 * said otherwise. A job that is processing is not cancelled by hand: its cancellation is requested, and whatever is settled
 * under its claim cancels it then, and so does a take-over. A retry by hand clears the request.
 *
 * One job, which may be born waiting for another one, two workers, two calls that cancel, and two that retry. A worker completes, fails,
 * gives back, or waits for children, and says so twice now and then, as after a lost answer; or it dies.
 *
 * Holds: once a cancellation was accepted nobody is handed the job, and it ends as cancelled and in no other way, until it is retried
 * by hand; it is cancelled only if that was asked for. It ends once, and once more for each retry.
 *
 * Twin SETTLES_ANYHOW: a settlement does not look whether the cancellation was requested.
 * Twin TAKEN_OVER_ANYHOW: a take-over does not look, either.
 * Twin CANCELS_WHAT_IT_SAW: cancelling looks at the job first and writes later, without the lock.
 * Twin RETRIES_WHAT_IT_SAW: so does a retry.
 * Twin REQUEST_STAYS: a retry does not clear the request.
 * Twin BY_STATUS: a settlement is fenced by the status alone.
 */
#define CLAIMS 4        /* that are handed out, so that the search ends */

mtype = { PENDING, PROCESSING, WAITING, COMPLETED, FAILED, CANCELLED };     /* what a job is */
mtype = { COMPLETE, FAIL, GIVE_BACK, AWAIT_CHILDREN };                      /* what it is to become */

mtype status;
bool isParent;          /* whether it waits for its children, if it waits */
byte claim;
bool isRequested;       /* cancel_requested_at */

bool isWanted;          /* whether a cancellation was accepted and no retry since */
byte handedOut, ends, retries;
short settledClaims;    /* a bit for each claim under which something was written */

#define isFinal(s) (s == COMPLETED || s == FAILED || s == CANCELLED)

/* Moves the job on; all moves but a claim go through here. */
inline become(next) {
    assert(!isFinal(status));
    assert(!isWanted || next == CANCELLED);
    assert(isWanted || next != CANCELLED);
    status = next;
    if
    :: isFinal(next) -> ends++; assert(ends == retries + 1)
    :: else
    fi
}

inline settle(c, what) {
    if
#ifdef BY_STATUS
    :: status == PROCESSING ->
#else
    :: status == PROCESSING && claim == c ->
#endif
        assert(!(settledClaims & (1 << c)));
        settledClaims = settledClaims | (1 << c);
        if
#ifndef SETTLES_ANYHOW
        :: isRequested -> become(CANCELLED)
        :: !isRequested ->
#else
        :: true ->
#endif
            if
            :: what == COMPLETE -> become(COMPLETED)
            :: what == FAIL -> become(FAILED)
            :: what == GIVE_BACK -> become(PENDING)
            :: what == AWAIT_CHILDREN -> isParent = true; become(WAITING)
            fi
        fi
    :: else
    fi
}

proctype Worker() {
    byte mine;
    mtype what;
end:
    do
    :: atomic {
            status == PENDING && handedOut < CLAIMS ->
            assert(!isWanted);
            status = PROCESSING; claim++; handedOut++; mine = claim
        };
        if
        :: what = COMPLETE
        :: what = FAIL
        :: what = GIVE_BACK
        :: !isParent -> what = AWAIT_CHILDREN
        :: goto dies
        fi;
        atomic { settle(mine, what) };
        if
        :: atomic { settle(mine, what) }
        :: skip
        fi;
dies:
        atomic { mine = 0; what = 0 }
    od
}

/* Others take over, and what the job waits for ends. */
active proctype Others() {
end:
    do
    :: atomic {
            status == PROCESSING ->
            claim++;
            if
#ifndef TAKEN_OVER_ANYHOW
            :: isRequested -> become(CANCELLED)
            :: !isRequested -> become(PENDING)
            :: !isRequested -> become(FAILED)   /* has lost too many workers */
#else
            :: become(PENDING)
#endif
            fi
        }
    :: atomic { status == WAITING && isParent -> become(COMPLETED) }
    :: atomic { status == WAITING && !isParent -> become(PENDING) }
    :: atomic { status == WAITING -> become(FAILED) }
    od
}

/* Cancels by hand. */
proctype Cancel() {
    mtype seen;
#ifdef CANCELS_WHAT_IT_SAW
    seen = status;
    atomic {
#else
    atomic {
        seen = status;
#endif
        if
        :: isFinal(seen)                        /* ALREADY_ENDED */
        :: seen == PROCESSING -> isRequested = true; isWanted = true
        :: seen == PENDING || seen == WAITING -> isWanted = true; become(CANCELLED)
        fi
    }
}

/* Retries by hand. */
proctype Retry() {
end:
#ifdef RETRIES_WHAT_IT_SAW
    (status == FAILED || status == CANCELLED);
    atomic {
#else
    atomic {
        (status == FAILED || status == CANCELLED);
#endif
        assert(status == FAILED || status == CANCELLED);
        retries++;
        isWanted = false;
#ifndef REQUEST_STAYS
        isRequested = false;
#endif
        if
        :: !isParent -> status = PENDING
        :: isParent -> status = WAITING
        fi
    }
}

init {
    atomic {
        if
        :: status = PENDING
        :: status = WAITING
        fi;
        run Worker(); run Worker();
        run Cancel(); run Cancel();
        run Retry(); run Retry()
    }
    timeout;
    assert(!isWanted || status == CANCELLED);
    assert(ends == retries + (isFinal(status) -> 1 : 0))
}
