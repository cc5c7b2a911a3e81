/*
 * The answer to a settlement is lost, and the worker repeats the settlement until one arrives.
 *
 * A call is one indivisible step of the store. It may take place late, when the worker has given up waiting for it and has sent the
 * same again, or never; and its answer may not arrive.
 *
 * The fence is the claim, the status and the worker. A row that is gone or has another claim says LOST; one that has this claim
 * and is not processing any more says ALREADY_APPLIED. A job that completes may be deleted by that. So if an earlier try may have
 * been written and the answer is LOST, the worker looks for the row, and takes it for written if that is gone.
 *
 * One job, and two workers which complete it, fail it, have it retried or give it back, and then claim again. At any moment the
 * lease may have lapsed and the job is taken over: the claim grows, and the attempt is given back. A failed job may be retried by
 * hand, once.
 *
 * Holds: nothing is written under a claim that does not hold, under each claim at most one thing is written, and in the end the
 * job is not processing. Who hears APPLIED or ALREADY_APPLIED has written just that, and who hears LOST has not, but for two cases:
 * the row is gone, and another worker has completed and so deleted it; or the job, once it had gone back to pending, has been
 * handed out again before the worker asked again.
 *
 * Twin BY_ATTEMPT: the fence is the attempt, the status and the worker.
 * Twin BY_STATUS: the fence is the status.
 * Twin LOST_IS_WRITTEN: that no row was touched is read as success, without looking.
 * Twin NO_LOOK: a row that is gone is read as lost, without looking.
 */
#define WORKERS 2
#define CLAIMS 3        /* that are handed out, so that the search ends */
#define TRIES 1         /* that may get no answer */
#define NOBODY WORKERS

mtype = { PENDING, PROCESSING, COMPLETED, FAILED, GONE };     /* what a job is */
mtype = { COMPLETE, FAIL, RETRY, GIVE_BACK };                 /* what it is to become */
mtype = { APPLIED, ALREADY_APPLIED, LOST, NONE };             /* what the store answers */

mtype status = PENDING;
byte holder = NOBODY;
byte claim;
byte attempt;
bool deletes;           /* whether a job that completes is deleted */
bool byHand = true;     /* whether it may still be retried by hand */

byte handedOut;
byte written[8];        /* how often something was written under each claim */

/* Calls that their worker does not wait for any more: worker, claim, attempt, what. */
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

/* The store's part, in one step. */
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

/* What was sent takes place late, or not at all. */
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

/* Another worker that takes over, and somebody who retries. */
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
