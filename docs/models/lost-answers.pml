/*
 * The answer to a settlement is lost, and the worker repeats the settlement until an answer arrives.
 *
 * A call is one atomic action of the store. It may run late, after the worker has stopped waiting for it and has sent the same call
 * again. It may never run. And its answer may not arrive.
 *
 * The fence is the claim, the status and the worker. If the row does not exist or has another claim, the answer is LOST. If the row
 * has this claim and is not processing any more, the answer is ALREADY_APPLIED. A settlement that completes a job may delete its row.
 * So if an earlier try may have been written and the answer is LOST, the worker looks for the row. If there is none, the worker
 * assumes that its settlement was written.
 *
 * There are one job and two workers. A worker completes the job, fails it, requests a retry or gives it back, and then claims again.
 * At any moment the lease may lapse and another worker takes the job over: the claim grows, and the attempt does not count. A failed
 * job may be retried by hand, once.
 *
 * Holds: nothing is written under a claim that does not hold. At most one settlement is written under each claim. In the end the job
 * is not processing. A worker that gets APPLIED or ALREADY_APPLIED has written its settlement. A worker that gets LOST has not. There
 * are two exceptions: another worker has completed the job and so deleted the row; or the job went back to pending and was claimed
 * again before the worker repeated its call.
 *
 * Twin BY_ATTEMPT: the fence is the attempt, the status and the worker.
 * Twin BY_STATUS: the fence is the status.
 * Twin LOST_IS_WRITTEN: the worker takes LOST for success and does not look for the row.
 * Twin NO_LOOK: the worker takes a missing row for LOST and does not look for it.
 */
#define WORKERS 2
#define CLAIMS 3        /* at most so many claims, so that the search ends */
#define TRIES 1         /* so many tries of a settlement may get no answer */
#define NO_WORKER WORKERS

mtype = { PENDING, PROCESSING, COMPLETED, FAILED, GONE };     /* the status of the job */
mtype = { COMPLETE, FAIL, RETRY, GIVE_BACK };                 /* what a settlement asks for */
mtype = { APPLIED, ALREADY_APPLIED, LOST, NONE };             /* what the store answers */

mtype status = PENDING;
byte holder = NO_WORKER;
byte claim;
byte attempt;
bool deletes;           /* whether a job that completes is deleted */
bool byHand = true;     /* whether the job may still be retried by hand */

byte handedOut;
byte written[8];        /* how often something was written under each claim */

/* Calls for which their worker does not wait any more: worker, claim, attempt, what. */
chan late = [1] of { byte, byte, byte, mtype };

#ifdef BY_ATTEMPT
#define isSame(w, c, a) (attempt == a)
#else
#ifdef BY_STATUS
#define isSame(w, c, a) true
#else
#define isSame(w, c, a) (claim == c)
#endif
#endif

#ifdef BY_STATUS
#define isOf(w) true
#else
#define isOf(w) (holder == w)
#endif

/* What the store does, as one atomic action. */
inline settle(w, c, a, what, answer) {
    if
    :: status == GONE || !isSame(w, c, a) -> answer = LOST
    :: status != GONE && isSame(w, c, a) && status != PROCESSING -> answer = ALREADY_APPLIED
    :: isSame(w, c, a) && status == PROCESSING && !isOf(w) -> answer = LOST
    :: isSame(w, c, a) && status == PROCESSING && isOf(w) ->
        assert(claim == c && holder == w);
        assert(written[c] == 0);
        written[c]++;
        if
        :: what == COMPLETE && deletes -> status = GONE
        :: what == COMPLETE && !deletes -> status = COMPLETED
        :: what == FAIL -> status = FAILED
        :: what == RETRY -> status = PENDING
        :: what == GIVE_BACK -> status = PENDING; attempt--
        fi;
        answer = APPLIED
    fi
}

proctype Worker(byte me) {
    byte mine, myAttempt, tries;
    bool mayBeWritten;
    mtype what;
    mtype answer;
end:
    do
    :: atomic {
            status == PENDING && handedOut < CLAIMS ->
            status = PROCESSING; claim++; attempt++; holder = me; handedOut++;
            mine = claim; myAttempt = attempt;
            if
            :: what = COMPLETE
            :: what = FAIL
            :: what = RETRY
            :: what = GIVE_BACK
            fi
        };
        answer = NONE;
        do
        :: answer == NONE ->
            if
            :: atomic { settle(me, mine, myAttempt, what, answer) }
            :: tries < TRIES -> atomic { settle(me, mine, myAttempt, what, answer); answer = NONE; mayBeWritten = true; tries++ }
            :: tries < TRIES && nfull(late) -> atomic { late!me, mine, myAttempt, what; mayBeWritten = true; tries++ }
            :: tries < TRIES -> atomic { tries++ }     /* known not to be written */
            fi
        :: answer != NONE -> break
        od;
        atomic {
#ifndef NO_LOOK
            if
            :: answer == LOST && mayBeWritten && what == COMPLETE && deletes && status == GONE -> answer = ALREADY_APPLIED
            :: else
            fi;
#endif
#ifdef LOST_IS_WRITTEN
            answer = APPLIED;
#endif
            if
            :: answer == APPLIED -> assert(written[mine] == 1)
            :: answer == ALREADY_APPLIED -> assert(written[mine] == 1 || (what == COMPLETE && deletes && status == GONE))
            :: answer == LOST -> assert(written[mine] == 0 || (what != COMPLETE && claim != mine))
            fi;
            mine = 0; myAttempt = 0; what = 0; answer = 0; tries = 0; mayBeWritten = false
        }
    od
}

/* A call runs late, or never. */
active proctype Network() {
    byte w, c, a;
    mtype what;
    mtype answer;
end:
    do
    :: atomic { late??w, c, a, what -> settle(w, c, a, what, answer); w = 0; c = 0; a = 0; what = 0; answer = 0 }
    :: atomic { late??w, c, a, what -> w = 0; c = 0; a = 0; what = 0 }
    od
}

/* Another worker takes the job over, and a person retries it by hand. */
active proctype Others() {
end:
    do
    :: atomic { status == PROCESSING && handedOut < CLAIMS -> status = PENDING; claim++; attempt-- }
    :: atomic { status == FAILED && byHand -> byHand = false; status = PENDING; attempt = 0 }
    od
}

init {
    atomic {
        if
        :: deletes = true
        :: deletes = false
        fi;
        run Worker(0);
        run Worker(1)
    }
    timeout -> assert(status != PROCESSING)
}
