/*
 * A person cancels and retries a job by hand, while workers claim it, settle it and lose it.
 *
 * Every call is a transaction that first locks the row and then reads it. So the model treats a call as one atomic action, except
 * where a comment says otherwise. A running job is not cancelled by hand. Its cancellation is requested, and the next settlement
 * under its claim cancels the job, or else the take-over does. A retry by hand clears the request.
 *
 * There are one job, which may wait for another job at first, two workers, two calls that cancel, and two calls that retry. A worker
 * completes the job, fails it, gives it back, or lets it wait for children. It may send the settlement twice, as after a lost answer.
 * Or the worker dies.
 *
 * Holds: after a cancellation was accepted, no worker claims the job, and the job can only end as cancelled, until it is retried by
 * hand. It is cancelled only if a cancellation was requested. It ends once, and once more for each retry.
 *
 * Twin SETTLES_ANYHOW: a settlement does not check whether the cancellation was requested.
 * Twin TAKEN_OVER_ANYHOW: a take-over does not check whether the cancellation was requested.
 * Twin CANCELS_WHAT_IT_SAW: a cancellation first reads the job and later writes it, without the lock.
 * Twin RETRIES_WHAT_IT_SAW: a retry first reads the job and later writes it, without the lock.
 * Twin REQUEST_STAYS: a retry does not clear the request.
 * Twin BY_STATUS: a settlement is fenced by the status alone.
 */
#define CLAIMS 4        /* at most so many claims, so that the search ends */

mtype = { PENDING, PROCESSING, WAITING, COMPLETED, FAILED, CANCELLED };     /* the status of the job */
mtype = { COMPLETE, FAIL, GIVE_BACK, AWAIT_CHILDREN };                      /* what a settlement asks for */

mtype status;
bool isParent;          /* whether a waiting job waits for its children */
byte claim;
bool isRequested;       /* cancel_requested_at */

bool isWanted;          /* whether a cancellation was accepted, and no retry came after it */
byte handedOut, ends, retries;
short settledClaims;    /* a bit for each claim under which something was written */

#define isFinal(s) (s == COMPLETED || s == FAILED || s == CANCELLED)

/* Changes the status. All changes except a claim go through here. */
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

/* Other workers take the job over, and the jobs that it waits for end. */
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
            :: !isRequested -> become(FAILED)   /* too many of its workers were lost */
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
