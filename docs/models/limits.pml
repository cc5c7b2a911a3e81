/*
 * Jobs under keys with a limit. READ COMMITTED. Each atomic block is one statement; what a transaction changes, others see when it commits.
 *
 * Only a running job holds a permit. Permits are counted under the lock of the key and never kept as a number. A job is ready, so that
 * claims find it, or parked, so that they do not. A call that adds jobs looks at nothing: of each key and queue its first due job is ready
 * and the others that are due are parked. All decisions are made by claims. A claim takes ready jobs, then the notes that lie there, then locks the keys of
 * both. It counts, starts or parks its jobs, and lifts parked jobs of these keys: it starts them, or makes them ready. A job whose key
 * another claim has locked is handed back. If the key has been locked for long, the job is parked with a note for later, and the notes of the key
 * that this claim has taken become one for later: who has locked it may have stopped. No statement waits for a lock.
 *
 * Everybody else who may free a permit or bring another job to the front leaves a note for each key of the job, in the same transaction,
 * without looking. So do retries, take-overs and cancellations.
 *
 * A job that is not due is not parked. It becomes ready when its time comes.
 *
 * Holds: no key has more running jobs than its limit. While no transaction is open, a key with a parked job and a free permit has a ready
 * job of the same queue or a note. In the end every job has ended whose queue has a worker.
 *
 * Also BY_HAND: somebody cancels a job, and somebody else locks a parked one for a while.
 * Also TWO_KEYS: of three jobs one has both keys, the others one each.
 * Also TWO_PERMITS: the limit is 2, and one call adds all jobs.
 * Also RATE: the limit is 2, starts of a key use tokens too, and a token comes with time.
 * Also SEQUENCE: the limit is 1, and jobs start in their order. A job that waits for its retry holds up the others.
 * Also PUTS_ASIDE: any key that is locked may seem to have been locked for long. (Searched once with jobs that go back and jobs that are not due, too: 9.5 million
 * states.)
 * Also TWO_QUEUES: workers serve one of two queues only.
 * Also OLDER: a worker of the version before ends a job without a note. Then only a sweep, which leaves a note for each key with parked
 * jobs, makes all jobs end.
 * Also LIVELY: no endless work without a start or an end (two jobs with both keys).
 * Also LIVELY_RATE: the same while no token comes; then not all jobs end.
 *
 * Twin KEPT_PERMITS: the permits in use are a number, which claims raise and settlements lower.
 * Twin COUNTS_BEFORE_LOCK: the count is that of the statement before the keys are locked.
 * Twin COUNTS_ITSELF: the count includes the jobs that the claim itself has just taken.
 * Twin LIFTS_IN_ONE_STATEMENT: one statement locks the key and looks for parked jobs, and none looks again.
 * Twin LETS_GO_EARLY: the key is free before the claim commits.
 * Twin PARKS_IF_LOCKED: a job whose key is locked is parked without a note.
 * Twin LIFTS_NOBODY: a claim lifts parked jobs for notes only, and not for its own jobs.
 * Twin SKIPS_SILENTLY: a claim that finds parked jobs locked by others leaves no note.
 * Twin MERGED_NOTES: a key has one note, and a second one is dropped.
 * Twin DELETES_LATE: a claim deletes all notes of its keys after it has looked for parked jobs.
 * Twin DROPS_IF_LOCKED: a claim deletes the note although the key is locked.
 * Twin CANCEL_LOOKS: a cancellation leaves a note only if it sees no other ready job.
 * Twin CANCEL_SILENT: a cancellation leaves no note.
 * Twin RETRY_SILENT: a job that goes back leaves no note.
 * Twin QUEUE_NOTES: a note is for workers of the queue of its job.
 * Twin ANY_QUEUE: a claim lifts as many jobs as there are permits, whatever their queues.
 * Twin RATE_SILENT: a claim that misses a token leaves no note for the time when it comes.
 * Twin UNORDERED: a claim of a sequence does not look for earlier jobs.
 * Twin LIFTS_ANYBODY: a claim lifts and starts any parked job of a sequence.
 * Livelock LIFTS_WITHOUT_TOKENS: a claim lifts parked jobs although the rate is used up.
 * Livelock LOCKS_ALL_KEYS: a claim locks the other key of a job whose first key it has not got.
 */
#ifdef TWO_KEYS
#define HAS 45          /* two bits a job: 10, 11, 01 */
#define KEYS 2
#endif
#ifdef KEPT_PERMITS
#define OLDER
#endif
#ifdef QUEUE_NOTES
#define TWO_QUEUES
#endif
#ifdef ANY_QUEUE
#define TWO_QUEUES
#endif
#ifdef TWO_PERMITS
#define LIMIT 2
#define LAST 4
#endif
#ifdef LIFTS_NOBODY
#define LIMIT 2
#define LAST 4
#endif
#ifdef CANCEL_LOOKS
#define BY_HAND
#define LAST 5
#endif
#ifdef CANCEL_SILENT
#define BY_HAND
#endif
#ifdef SKIPS_SILENTLY
#define BY_HAND
#endif
#ifdef RATE_SILENT
#define RATE
#endif
#ifdef UNORDERED
#define SEQUENCE
#endif
#ifdef LIFTS_ANYBODY
#define SEQUENCE
#endif
#ifdef LOCKS_ALL_KEYS
#define LIVELY
#endif
#ifdef LIFTS_WITHOUT_TOKENS
#define LIVELY_RATE
#endif
#ifdef LIVELY
#define KEYS 2
#define HAS 63
#define LAST 7
#define QUIET
#endif
#ifdef LIVELY_RATE
#define RATE
#define QUIET
#endif
#ifdef RATE
#define LIMIT 2
#endif

#if defined(TWO_KEYS) || defined(PUTS_ASIDE) || defined(QUIET) || defined(BY_HAND) || defined(DROPS_IF_LOCKED) || defined(DELETES_LATE)
#define CALM            /* no call of jobs that are not due, no job that goes back, no transaction that is rolled back */
#endif

#ifdef LIVELY
#define JOBS 2
#define any(f) (f(0) || f(1))
#define pick(f, v) if :: f(0) -> v = 0 :: f(1) -> v = 1 fi
#else
#define JOBS 3
#define any(f) (f(0) || f(1) || f(2))
#define pick(f, v) if :: f(0) -> v = 0 :: f(1) -> v = 1 :: f(2) -> v = 2 fi
#endif
#ifndef KEYS
#define KEYS 1
#endif
#ifndef HAS
#define HAS 21          /* 01, 01, 01 */
#endif
#ifndef LIMIT
#define LIMIT 1
#endif
#ifndef LAST
#define LAST 6          /* a bit a job: the last one of its call */
#endif
#define MOST 2          /* jobs in a claim; of notes, two are as good as more */

#define has(j, k) ((HAS >> (2 * (j) + (k))) & 1)
#define in(set, x) (((set) >> (x)) & 1)
#define with(set, x) ((set) | (1 << (x)))
#ifdef TWO_QUEUES
#define queue(j) ((j) == 1)
#define serves(me, j) (queue(j) == (me))
#else
#define queue(j) 0
#define serves(me, j) true
#endif

mtype = { ABSENT, READY, PARKED, LATER, RUNNING, ENDED };
/* The committed rows. */
mtype status[JOBS] = ABSENT;
byte under[JOBS];
bool jobLocked[JOBS], keyLocked[KEYS];
byte notes[KEYS], laterNotes[KEYS];
byte tokens = 1;
byte open;              /* transactions */
bool isGone;            /* the worker of queue 1 */
bool isOlder;           /* a worker of the version before has ended a job */
#ifdef PUTS_ASIDE
byte backs, aborts = 1;
#elif defined(CALM) || defined(RATE)
byte backs, aborts;
#else
byte backs = 1, aborts = 1;
#endif
#ifdef KEPT_PERMITS
byte kept[KEYS];
#endif
#ifdef MERGED_NOTES
bool held[KEYS];        /* a claim has locked the note */
#endif
hidden byte x, y, sum;

inline leave(set) {
    for (x : 0 .. KEYS - 1) {
        if
#ifdef MERGED_NOTES
        :: in(set, x) && notes[x] == 0 && !held[x] -> notes[x] = 1
#else
        :: in(set, x) && notes[x] < MOST -> notes[x]++
#endif
        :: else
        fi
    }
}
#ifdef RATE
#define mayUse (used < tokens)
#else
#define mayUse true
#endif
#define keysOf(j) ((HAS >> (2 * (j))) & 3)
#ifdef QUEUE_NOTES
#define heard(j) (queue(j) == 1 && isGone -> 0 : keysOf(j))
#else
#define heard(j) keysOf(j)
#endif
inline count(k) {
    sum = 0;
    for (x : 0 .. JOBS - 1) {
        if
        :: has(x, k) && status[x] == RUNNING -> sum++
        :: else
        fi
    }
}
#define isOpen(j) (status[j] == READY || status[j] == PARKED || status[j] == LATER || status[j] == RUNNING)
#define isBehind(j) (((j) > 0 && isOpen(0)) || ((j) > 1 && isOpen(1)))
#ifdef SEQUENCE
#define mayLift(j) !isBehind(j)
#else
#define mayLift(j) true
#endif
#ifdef LIFTS_ANYBODY
#undef mayLift
#define mayLift(j) true
#endif

/* One call. Its jobs are seen when it commits, so nothing else of it matters. Calls come in their order. */
proctype Call(byte from) {
    byte j, firsts;
    atomic {
        (from == 0 || status[from - 1] != ABSENT);
        j = from;
        do
        :: true ->
            y = 0;      /* the keys of which it is the first in its queue */
            for (x : 0 .. KEYS - 1) { if :: has(j, x) && !in(firsts, x + 2 * queue(j)) -> y = with(y, x) :: else fi };
            if
#ifndef CALM
            :: status[j] = LATER; y = 0
#endif
            :: y -> status[j] = READY
            :: !y -> status[j] = PARKED; under[j] = (has(j, 0) -> 0 : 1)
            fi;
            for (x : 0 .. KEYS - 1) { if :: in(y, x) -> firsts = with(firsts, x + 2 * queue(j)) :: else fi };
            if
            :: in(LAST, j) -> break
            :: else -> j++
            fi
        od
    }
}

#define canClaim(j) (status[j] == READY && !jobLocked[j] && serves(me, j))
#if KEYS == 1
#define hasNotes (notes[0] > 0)
#else
#define hasNotes (notes[0] > 0 || notes[1] > 0)
#endif
proctype Worker(byte me) {
    byte mine, missed, starts, parks, got, lifted, seen, leaves, leavesLater, size, used, j, k, free[2];
    byte taken[KEYS], running[KEYS], at[JOBS];
#ifdef LIFTS_IN_ONE_STATEMENT
    byte before;
#define wasThere(x) in(before, x)
#else
#define wasThere(x) true
#endif
end:
    do
#ifdef TWO_QUEUES
    :: me == 1 -> isGone = true; break
#endif
    :: atomic {         /* claims ready jobs as ever */
            any(canClaim) || hasNotes -> open++;
            do
            :: any(canClaim) && size < MOST -> pick(canClaim, j); jobLocked[j] = true; mine = with(mine, j); size++
            :: size > 0 || hasNotes -> break
            od;
            size = 0; j = 0;
#ifdef COUNTS_BEFORE_LOCK
            for (k : 0 .. KEYS - 1) { count(k); running[k] = sum };
            k = 0
#endif
        };
        atomic {        /* locks the notes that nobody has locked */
#ifdef LIFTS_IN_ONE_STATEMENT
            for (x : 0 .. JOBS - 1) { if :: status[x] == PARKED -> before = with(before, x) :: else fi };
#endif
            for (k : 0 .. KEYS - 1) {
                taken[k] = notes[k]; notes[k] = 0;
#ifdef MERGED_NOTES
                if :: taken[k] -> held[k] = true :: else fi
#endif
            };
            k = 0
        };
        do
        :: atomic {     /* locks a key, or does not */
                k < KEYS ->
                y = (taken[k] > 0);
                for (x : 0 .. JOBS - 1) { if :: in(mine, x) && has(x, k) && !in(missed, x) -> y = 1 :: else fi };
                if
                :: y && !keyLocked[k] -> keyLocked[k] = true; got = with(got, k)
                :: y && keyLocked[k] ->
#ifndef LOCKS_ALL_KEYS
                    for (x : 0 .. JOBS - 1) { if :: in(mine, x) && has(x, k) -> missed = with(missed, x); at[x] = k :: else fi };
#endif
#ifdef DROPS_IF_LOCKED
                    taken[k] = 0
#endif
                :: else
                fi;
                k++
            }
        :: atomic { k == KEYS -> k = 0; break }
        od;
        atomic {        /* counts, and decides about its jobs */
            for (k : 0 .. KEYS - 1) {
#ifdef KEPT_PERMITS
                running[k] = kept[k]
#elif defined(COUNTS_ITSELF)
                if :: in(got, k) -> count(k); running[k] = sum :: else fi;
                for (j : 0 .. JOBS - 1) { if :: in(mine, j) && has(j, k) -> running[k]++ :: else fi }
#elif defined(COUNTS_BEFORE_LOCK)
                skip
#else
                if :: in(got, k) -> count(k); running[k] = sum :: else fi
#endif
            };
            for (j : 0 .. JOBS - 1) {
                if
                :: in(mine, j) ->
                    y = 0;
#ifdef LOCKS_ALL_KEYS
                    for (x : 0 .. KEYS - 1) { if :: has(j, x) && !in(got, x) -> missed = with(missed, j) :: else fi };
#endif
                    for (x : 0 .. KEYS - 1) {
                        if
                        :: in(missed, j) || y || !has(j, x)
                        :: else ->
                            if
                            :: running[x] >= LIMIT -> y = 1; at[j] = x
#ifdef RATE
                            :: running[x] < LIMIT && used >= tokens -> y = 1; at[j] = x;
#ifndef RATE_SILENT
                                leavesLater = with(leavesLater, x)
#endif
#endif
#if defined(SEQUENCE) && !defined(UNORDERED)
                            :: running[x] < LIMIT && isBehind(j) -> y = 1; at[j] = x
#endif
                            :: else
                            fi
                        fi
                    };
                    if
#ifdef PARKS_IF_LOCKED
                    :: in(missed, j) -> parks = with(parks, j)
#else
                    :: in(missed, j)
#endif
#ifdef PUTS_ASIDE
                    :: in(missed, j) -> parks = with(parks, j); leavesLater = with(leavesLater, at[j])
#endif
                    :: !in(missed, j) && y -> parks = with(parks, j)
                    :: !in(missed, j) && !y ->
                        starts = with(starts, j); used++;
                        for (x : 0 .. KEYS - 1) { if :: has(j, x) -> running[x]++ :: else fi }
                    fi
                :: else
                fi
            };
            j = 0; k = 0
        };
        do              /* lifts parked jobs of its keys */
        :: atomic { k < KEYS && !in(got, k) -> k++ }
#ifdef LIFTS_NOBODY
        :: atomic { k < KEYS && in(got, k) && !taken[k] -> k++ }
        :: atomic { k < KEYS && in(got, k) && taken[k] ->
#else
        :: atomic { k < KEYS && in(got, k) ->
#endif
                /* the picture of the statement */
                seen = 0;
                for (x : 0 .. JOBS - 1) {
                    if
                    :: status[x] == PARKED && under[x] == k && mayLift(x) && wasThere(x) -> seen = with(seen, x)
                    :: else
                    fi
                };
                free[0] = (LIMIT > running[k] -> LIMIT - running[k] : 0);
                free[1] = free[0];
#ifdef RATE
#ifndef LIFTS_WITHOUT_TOKENS
                if :: free[0] > tokens - used -> free[0] = tokens - used; free[1] = free[0] :: else fi;
#endif
#ifndef RATE_SILENT
                if :: seen && used >= tokens -> leavesLater = with(leavesLater, k) :: else fi
#endif
#endif
            };
            atomic {    /* and its locks, which skip locked rows */
                for (j : 0 .. JOBS - 1) {
#ifdef ANY_QUEUE
                    y = 0;
#else
                    y = queue(j);
#endif
                    if
                    :: in(seen, j) && status[j] == PARKED && under[j] == k && !jobLocked[j] && !in(lifted, j) && free[y] > 0 ->
                        jobLocked[j] = true; lifted = with(lifted, j);
                        /* It starts at once if this worker has a slot, and a permit under each of its keys. */
                        sum = serves(me, j) && (keysOf(j) & got) == keysOf(j) && mayUse;
                        for (x : 0 .. KEYS - 1) { if :: has(j, x) && running[x] >= LIMIT -> sum = 0 :: else fi };
                        if
                        :: sum ->
                            starts = with(starts, j); used++;
                            free[0] = (free[0] > 0 -> free[0] - 1 : 0);
                            free[1] = (free[1] > 0 -> free[1] - 1 : 0);
                            for (x : 0 .. KEYS - 1) { if :: has(j, x) -> running[x]++ :: else fi }
                        :: free[y]--
                        fi
                    :: else
                    fi
                };
                j = 0
            };
            atomic {    /* who is still parked? */
                for (x : 0 .. JOBS - 1) {
#ifdef ANY_QUEUE
                    y = 0;
#else
                    y = queue(x);
#endif
                    if
                    :: status[x] == PARKED && under[x] == k && mayLift(x) && wasThere(x) && !in(lifted, x) && free[y] > 0 ->
#ifndef SKIPS_SILENTLY
                        leaves = with(leaves, k)
#endif
                    :: else
                    fi
                };
                free[0] = 0; free[1] = 0; seen = 0; k++
            }
        :: atomic { k == KEYS -> k = 0; seen = 0; break }
        od;
#ifdef DELETES_LATE
        atomic { for (x : 0 .. KEYS - 1) { if :: in(got, x) -> notes[x] = 0 :: else fi } };
#endif
#ifdef LETS_GO_EARLY
        atomic { for (x : 0 .. KEYS - 1) { if :: in(got, x) -> keyLocked[x] = false :: else fi } };
#endif
        if
        :: starts -> progress: skip
        :: else
        fi;
        atomic {
            if
            :: true -> /* commits */
                for (j : 0 .. JOBS - 1) {
                    if
                    :: in(starts, j) ->
#ifdef SEQUENCE
                        assert(!isBehind(j));
#endif
                        status[j] = RUNNING
                    :: in(parks, j) -> status[j] = PARKED; under[j] = at[j]
                    :: in(lifted, j) && !in(starts, j) -> status[j] = READY
                    :: else
                    fi
                };
#ifdef RATE
                assert(used <= tokens);
                tokens = tokens - used;
#endif
                for (k : 0 .. KEYS - 1) {
                    count(k);
                    assert(!starts || sum <= LIMIT);
#ifdef KEPT_PERMITS
                    for (j : 0 .. JOBS - 1) { if :: in(starts, j) && has(j, k) -> kept[k]++ :: else fi };
#endif
#ifdef MERGED_NOTES
                    if :: taken[k] && in(got, k) -> held[k] = false :: else fi;
#endif
                    if
                    :: in(got, k) -> taken[k] = 0
#ifdef PUTS_ASIDE
                    :: !in(got, k) && taken[k] > 0 -> taken[k] = 0; leavesLater = with(leavesLater, k)
                    :: !in(got, k)
#else
                    :: else
#endif
                    fi;
                    if
                    :: in(leavesLater, k) && laterNotes[k] < MOST -> laterNotes[k]++
                    :: else
                    fi
                };
                leave(leaves)
            :: aborts > 0 -> aborts--
            fi;
            /* What it has not dealt with is there again. */
            for (k : 0 .. KEYS - 1) {
                notes[k] = (notes[k] + taken[k] > MOST -> MOST : notes[k] + taken[k]);
#ifdef MERGED_NOTES
                if :: taken[k] -> held[k] = false; notes[k] = 1 :: else fi;
#endif
#ifdef LETS_GO_EARLY
#else
                if :: in(got, k) -> keyLocked[k] = false :: else fi;
#endif
                taken[k] = 0; running[k] = 0
            };
            for (j : 0 .. JOBS - 1) {
                if :: in(mine, j) || in(lifted, j) -> jobLocked[j] = false :: else fi;
                at[j] = 0
            };
#ifdef LIFTS_IN_ONE_STATEMENT
            before = 0;
#endif
            mine = 0; missed = 0; starts = 0; parks = 0; got = 0; lifted = 0; leaves = 0; leavesLater = 0; used = 0; j = 0; k = 0;
            open--
        }
    od
}

#define isRunning(j) (status[j] == RUNNING)
/* Ends an attempt, or gives a job back, or takes over. */
proctype Settler() {
    byte j;
end:
    do
    :: atomic {
            any(isRunning) -> pick(isRunning, j);
            y = 0;
            if
            :: status[j] = ENDED
            :: backs > 0 -> backs--; y = 1; status[j] = LATER
            :: backs > 0 -> backs--; y = 1; status[j] = READY
            fi;
#ifdef KEPT_PERMITS
            for (x : 0 .. KEYS - 1) { if :: has(j, x) -> kept[x]-- :: else fi };
#endif
#ifdef RETRY_SILENT
            if :: y :: else -> leave(heard(j)) fi;
#else
            leave(heard(j));
#endif
            j = 0
        };
progress:
        skip
    od
}

#define canCancel(j) ((status[j] == READY || status[j] == PARKED || status[j] == LATER) && !jobLocked[j])
proctype Canceller() {
    byte j, set;
end:
    atomic {
        any(canCancel) -> open++; pick(canCancel, j); jobLocked[j] = true;
        set = heard(j);
#ifdef CANCEL_SILENT
        set = 0;
#endif
#ifdef CANCEL_LOOKS
        for (x : 0 .. JOBS - 1) { if :: x != j && status[x] == READY -> set = 0 :: else fi };
#endif
    };
    atomic {
        if
        :: status[j] = ENDED; leave(set)
        :: skip         /* rolled back */
        fi;
        jobLocked[j] = false; open--; set = 0; j = 0
    }
}

#define isParked(j) (status[j] == PARKED && !jobLocked[j])
/* Locks a parked row for a while and changes nothing. */
proctype Toucher() {
    byte j;
end:
    atomic { any(isParked) -> open++; pick(isParked, j); jobLocked[j] = true };
    atomic { jobLocked[j] = false; open--; j = 0 }
}

proctype OlderWorker() {
    byte j;
end:
    atomic { any(isRunning) -> pick(isRunning, j); status[j] = ENDED; isOlder = true; j = 0 }
}

#define isLater(j) (status[j] == LATER)
#if KEYS == 1
#define hasLaterNotes (laterNotes[0] > 0)
#else
#define hasLaterNotes (laterNotes[0] > 0 || laterNotes[1] > 0)
#endif
proctype Clock() {
end:
    do
    :: atomic {
            any(isLater) || hasLaterNotes ->
            tokens = 1;
            for (x : 0 .. JOBS - 1) { if :: status[x] == LATER -> status[x] = READY :: else fi };
            for (x : 0 .. KEYS - 1) {
                notes[x] = (notes[x] + laterNotes[x] > MOST -> MOST : notes[x] + laterNotes[x]);
                laterNotes[x] = 0
            }
        }
    od
}

#ifdef SEQUENCE
#define waits(j, k, q) (status[j] == PARKED && under[j] == k && queue(j) == q && !isBehind(j))
#else
#define waits(j, k, q) (status[j] == PARKED && under[j] == k && queue(j) == q)
#endif
#define offers(j, k, q) (status[j] == READY && has(j, k) && queue(j) == q)
#define runs(j, k) (status[j] == RUNNING && has(j, k))
#if JOBS == 3
#define sum3(f, k, q) (f(0, k, q) + f(1, k, q) + f(2, k, q))
#define sumOf(f, k) (f(0, k) + f(1, k) + f(2, k))
#else
#define sum3(f, k, q) (f(0, k, q) + f(1, k, q))
#define sumOf(f, k) (f(0, k) + f(1, k))
#endif
#ifdef PUTS_ASIDE
#define noLaterNote(k) (laterNotes[k] == 0)
#else
#define noLaterNote(k) true
#endif
#define isForgotten(k, q) (sum3(waits, k, q) > 0 && sumOf(runs, k) < LIMIT && tokens && sum3(offers, k, q) == 0 && notes[k] == 0 && noLaterNote(k))
proctype Monitor() {
end:
#if KEYS == 1
    atomic { open == 0 && !isOlder && (isForgotten(0, 0) || isForgotten(0, 1)) -> assert(false) }
#else
    atomic { open == 0 && !isOlder && (isForgotten(0, 0) || isForgotten(1, 0)) -> assert(false) }
#endif
}

#define isOver(j) (status[j] == ENDED || (queue(j) == 1 && isGone))

init {
    byte i;
    atomic {
        run Call(0);
        i = 0;
        do
        :: i < JOBS - 1 -> if :: in(LAST, i) -> run Call(i + 1) :: else fi; i++
        :: i == JOBS - 1 -> i = 0; break
        od;
        run Worker(0);
        run Worker(1);
        run Settler();
#ifdef BY_HAND
        run Canceller();
        run Canceller();
        run Toucher();
#endif
#ifndef QUIET
        run Monitor();
#endif
#ifdef OLDER
        run OlderWorker();
#endif
#ifndef LIVELY_RATE
        run Clock();
#endif
    };
    timeout;
#ifdef OLDER
    atomic {
        for (i : 0 .. KEYS - 1) {
            for (x : 0 .. JOBS - 1) { if :: status[x] == PARKED && under[x] == i && notes[i] == 0 -> notes[i] = 1 :: else fi }
        };
        i = 0
    };
    timeout;
#endif
#ifndef LIVELY_RATE
    assert(isOver(0) && isOver(1) && isOver(JOBS - 1))
#endif
}
