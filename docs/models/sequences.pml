/*
 * Jobs of a sequence. READ COMMITTED. Each atomic block is one statement; what a transaction changes, others see when it commits.
 *
 * A sequence is a key with a limit of one, so all of limits.pml holds for it; this is about the order. Each job has a place, drawn by the call that adds it,
 * which may commit later than calls that come after it. In the way is what is pending, processing, or has failed and blocks the others. A
 * claim that has locked the key counts the running jobs, then looks for the first job in the way. Of the sequence it starts only that one, and only if none runs. It
 * parks the others that it has taken, and lifts the first one if that is parked. Who moves a job out of the way leaves a note, without looking.
 *
 * A job that waits for its children is not in the way. A failed one that has children waits for them again when it is retried.
 *
 * A job whose failure cancels the rest locks all open jobs behind it before it cancels them. If others have locked one, it is rolled back, waits for that one, and
 * looks again.
 *
 * Holds: no two jobs run. No job starts that was behind another one when the claim looked, or all the time since it was added. No job starts that
 * another one's failure was to cancel. While no transaction is open, a parked job that is first has a ready job of the sequence or a note. In the end every job has
 * ended, or has failed and blocks the others, or is behind such a job.
 *
 * Also APART: each job has a call of its own.
 * Also BY_HAND: somebody cancels jobs, retries them, and lets others pass failed ones.
 *
 * Twin LOOKS_BEFORE_LOCK: the first job is looked for by the statement before the key is locked.
 * Twin LOOKS_AT_DUE_JOBS: jobs that are not due are not in the way.
 * Twin LOOKS_PAST_LOCKS: the look leaves out jobs that others have locked.
 * Twin LOOKS_PAST_FAILED: failed jobs that block are not in the way.
 * Twin LIFTS_WITHOUT_FIRST: a claim that has found nothing in the way lifts what is parked by then.
 * Twin PLACE_OF_COMMIT: a job gets its place when its call commits.
 * Twin SKIPS_SILENTLY: a claim that finds the first job locked leaves no note.
 * Twin CANCEL_SILENT: a cancelled job leaves no note.
 * Twin PASS_SILENT: somebody lets jobs pass a failed one and leaves no note.
 * Twin WAIT_SILENT: a job that begins to wait for its children leaves no note.
 * Twin RETRY_SILENT: a failed job that is retried, and waits for its children, leaves no note.
 * Twin CANCELS_FREE_JOBS: of the rest, only jobs that nobody has locked are cancelled.
 */
#if defined(SKIPS_SILENTLY) || defined(CANCEL_SILENT) || defined(PASS_SILENT) || defined(RETRY_SILENT)
#define BY_HAND
#endif
#define JOBS 3          /* in the order of their calls */
#define NOBODY JOBS
#define MOST 2          /* jobs in a claim; of notes, two are as good as more */
#define any(f) (f(0) || f(1) || f(2))
#define pick(f, v) if :: f(0) -> v = 0 :: f(1) -> v = 1 :: f(2) -> v = 2 fi
#define in(set, x) (((set) >> (x)) & 1)
#define with(set, x) ((set) | (1 << (x)))
#define without(set, x) ((set) & ~(1 << (x)))

mtype = { ABSENT, READY, PARKED, LATER, WAITING, RUNNING, FAILED, ENDED };
/* The committed rows. A failed job that does not block is as good as a cancelled one: both have ended. */
mtype status[JOBS] = ABSENT;
bool jobLocked[JOBS], keyLocked;
byte notes;
byte open;              /* transactions */
byte aheadOf[JOBS];     /* what is in the way of a job since it was added */
byte toCancel;          /* what must not start any more */
#ifdef BY_HAND
byte aborts, backs, waits = 1, fails = 1, hands = 2;
#elif defined(APART)
byte aborts, backs = 1, waits, fails = 1, hands;
#else
byte aborts = 1, backs = 1, waits = 1, fails = 1, hands;
#endif
hidden byte x;

#ifdef PLACE_OF_COMMIT
byte places[JOBS], last;
#define isBefore(i, j) (places[i] < places[j])
#else
#define isBefore(i, j) ((i) < (j))
#endif

#define isPending(j) (status[j] == READY || status[j] == PARKED || status[j] == LATER)
#define isOpen(j) (isPending(j) || status[j] == RUNNING || status[j] == WAITING)
#define inTheWay(j) (isPending(j) || status[j] == RUNNING || status[j] == FAILED)
#define isRunning(j) (status[j] == RUNNING)
#define isReady(j) (status[j] == READY)
#define isFailed(j) (status[j] == FAILED)

/* What a claim takes for in the way. */
#ifdef LOOKS_AT_DUE_JOBS
#define isSeen(j) (inTheWay(j) && status[j] != LATER)
#elif defined(LOOKS_PAST_FAILED)
#define isSeen(j) (inTheWay(j) && status[j] != FAILED)
#elif defined(LOOKS_PAST_LOCKS)
#define isSeen(j) (inTheWay(j) && (!jobLocked[j] || in(mine, j)))
#else
#define isSeen(j) inTheWay(j)
#endif

inline leave() {
    if :: notes < MOST -> notes++ :: else fi
}

inline put(j, next) {
    status[j] = next;
    if
    :: !inTheWay(j) -> for (x : 0 .. JOBS - 1) { aheadOf[x] = without(aheadOf[x], j) }
    :: else
    fi
}

/* The first job of a call is ready and the others are parked, or it is due later and the next one is ready. */
proctype Call(byte from, to) {
    byte j;
    bool hasReady;
    atomic {
        for (j : from .. to) {
            if
            :: !hasReady -> status[j] = READY; hasReady = true
            :: hasReady -> status[j] = PARKED
            :: backs > 0 -> backs--; status[j] = LATER
            fi;
            for (x : 0 .. JOBS - 1) { if :: x < j && inTheWay(x) -> aheadOf[j] = with(aheadOf[j], x) :: else fi };
#ifdef PLACE_OF_COMMIT
            places[j] = last; last++;
#endif
        };
        j = 0; hasReady = false
    }
}

inline look() {
    for (x : 0 .. JOBS - 1) {
        if
        :: isSeen(x) && (first == NOBODY || isBefore(x, first)) -> first = x; wasParked = (status[x] == PARKED)
        :: else
        fi
    }
}

#define canClaim(j) (status[j] == READY && !jobLocked[j])
proctype Worker() {
    byte mine, size, taken, ahead, j, first = NOBODY, start = NOBODY, lifted = NOBODY;
    bool got, isFree, wasParked, leaves;
end:
    do
    :: atomic {         /* takes ready jobs */
            any(canClaim) || notes > 0 -> open++;
            do
            :: any(canClaim) && size < MOST -> pick(canClaim, j); jobLocked[j] = true; mine = with(mine, j); size++
            :: size > 0 || notes > 0 -> break
            od;
            size = 0; j = 0
        };
        atomic {        /* locks the notes that nobody has locked */
            taken = notes; notes = 0;
#ifdef LOOKS_BEFORE_LOCK
            look()
#endif
        };
        atomic {        /* locks the key, or does not */
            if
            :: !keyLocked -> keyLocked = true; got = true   /* also one of which it only expects a note */
            :: keyLocked || (!mine && !taken)
            fi
        };
        if
        :: got ->
            atomic { isFree = !any(isRunning) };
            atomic {    /* looks for the first job */
                for (x : 0 .. JOBS - 1) { if :: inTheWay(x) -> ahead = with(ahead, x) :: else fi };
#ifndef LOOKS_BEFORE_LOCK
                look()
#endif
            };
            atomic {    /* locks the first job if it is parked */
#ifdef LIFTS_WITHOUT_FIRST
                for (x : 0 .. JOBS - 1) {
                    if
                    :: isFree && first == NOBODY && status[x] == PARKED -> first = x; wasParked = true
                    :: else
                    fi
                };
#endif
                if
                :: isFree && first != NOBODY && wasParked && status[first] == PARKED && !jobLocked[first] ->
                    jobLocked[first] = true; lifted = first;
                    if
                    :: start = first
                    :: true         /* it is for another worker */
                    fi
                :: isFree && first != NOBODY && wasParked && !(status[first] == PARKED && !jobLocked[first]) ->
#ifndef SKIPS_SILENTLY
                    leaves = true
#endif
                :: isFree && first != NOBODY && !wasParked && in(mine, first) -> start = first
                :: else
                fi
            }
        :: else
        fi;
        atomic {
            if
            :: true -> /* commits */
                for (j : 0 .. JOBS - 1) {
                    if
                    :: got && j == start ->
                        assert(!any(isRunning));
                        for (x : 0 .. JOBS - 1) { if :: in(ahead, x) && x < j -> assert(false) :: else fi };
                        assert(!aheadOf[j] && !in(toCancel, j));
                        status[j] = RUNNING
                    :: got && j != start && in(mine, j) -> status[j] = PARKED
                    :: got && j != start && j == lifted -> status[j] = READY
                    :: else
                    fi
                };
                if :: leaves -> leave() :: else fi;
                if :: got -> taken = 0 :: else fi
            :: aborts > 0 -> aborts--
            fi;
            notes = (notes + taken > MOST -> MOST : notes + taken);
            for (j : 0 .. JOBS - 1) { if :: in(mine, j) || j == lifted -> jobLocked[j] = false :: else fi };
            if :: got -> keyLocked = false :: else fi;
            mine = 0; taken = 0; ahead = 0; j = 0; first = NOBODY; start = NOBODY; lifted = NOBODY;
            got = false; isFree = false; wasParked = false; leaves = false;
            open--
        }
    od
}

#define isLockedOf(rest) ((in(rest, 1) && jobLocked[1]) || (in(rest, 2) && jobLocked[2]))
#define isWaiting(j) (status[j] == WAITING)
/* Ends attempts, and the waits for children. */
proctype Settler() {
    byte j, rest;
end:
    do
    :: atomic {
            any(isRunning) -> pick(isRunning, j);
            if
            :: put(j, ENDED); leave()
            :: fails > 0 -> fails--; put(j, FAILED); leave()
            :: backs > 0 -> backs--; put(j, LATER); leave()
            :: waits > 0 -> waits--; put(j, WAITING);
#ifndef WAIT_SILENT
                leave()
#endif
            :: fails > 0 -> fails--; open++; goto cancels
            fi;
            j = 0
        }
    :: atomic {         /* It was not in the way: no note. */
            any(isWaiting) -> pick(isWaiting, j);
            if
            :: put(j, ENDED)
            :: fails > 0 -> fails--; put(j, FAILED)
            fi;
            j = 0
        }
    od;
cancels:
    atomic {            /* looks for the jobs behind it */
        for (x : 0 .. JOBS - 1) { if :: x > j && isOpen(x) -> rest = with(rest, x) :: else fi }
    };
    atomic {            /* locks them, waiting for nobody */
        if
#ifdef CANCELS_FREE_JOBS
        :: isLockedOf(rest) ->
            toCancel = toCancel | rest;
            for (x : 0 .. JOBS - 1) { if :: jobLocked[x] -> rest = without(rest, x) :: else fi }
#else
        :: isLockedOf(rest) -> goto waitsForLocks
#endif
        :: else -> toCancel = toCancel | rest
        fi;
        for (x : 0 .. JOBS - 1) { if :: in(rest, x) -> jobLocked[x] = true :: else fi }
    };
    atomic {            /* commits */
        put(j, ENDED);
        for (j : 0 .. JOBS - 1) {
            if
            :: in(rest, j) && isOpen(j) -> jobLocked[j] = false; put(j, ENDED)
            :: in(rest, j) && !isOpen(j) -> jobLocked[j] = false
            :: else
            fi
        };
        leave(); rest = 0; j = 0; open--;
        goto end
    };
waitsForLocks:
    atomic { !isLockedOf(rest) -> rest = 0; goto cancels }
}

#define canChange(j) (!jobLocked[j] && (isPending(j) || status[j] == WAITING || status[j] == FAILED || status[j] == ENDED))
/* Cancels, retries, lets jobs pass, each in a transaction that may be rolled back. */
proctype Hand() {
    byte j;
end:
    do
    :: atomic { hands > 0 && any(canChange) -> hands--; open++; pick(canChange, j); jobLocked[j] = true };
        atomic {
            if
            :: isPending(j) || status[j] == WAITING ->
                put(j, ENDED);
#ifndef CANCEL_SILENT
                leave()
#endif
            :: isFailed(j) ->
                put(j, ENDED);
#ifndef PASS_SILENT
                leave()
#endif
            :: isFailed(j) || status[j] == ENDED -> status[j] = READY; toCancel = without(toCancel, j)
            :: isFailed(j) && waits > 0 -> waits--; put(j, WAITING);
#ifndef RETRY_SILENT
                leave()
#endif
            :: true     /* rolled back */
            fi;
            jobLocked[j] = false; open--; j = 0
        }
    od
}

#define isLater(j) (status[j] == LATER && !jobLocked[j])
proctype Clock() {
end:
    do
    :: atomic { any(isLater) -> for (x : 0 .. JOBS - 1) { if :: isLater(x) -> status[x] = READY :: else fi } }
    od
}

#define isFirst(j) (status[j] == PARKED && !((j) > 0 && inTheWay(0)) && !((j) > 1 && inTheWay(1)))
proctype Monitor() {
end:
    atomic { open == 0 && notes == 0 && any(isFirst) && !any(isRunning) && !any(isReady) -> assert(false) }
}

#define isOver(j) (status[j] == ENDED || isFailed(0) || ((j) > 0 && isFailed(1)) || ((j) > 1 && isFailed(2)))

init {
    atomic {
        run Call(0, 0);
#ifdef APART
        run Call(1, 1);
        run Call(2, 2);
#else
        run Call(1, 2);
#endif
        run Worker();
        run Worker();
        run Settler();
#ifdef BY_HAND
        run Hand();
#endif
        run Clock();
        run Monitor()
    };
    timeout;
    assert(isOver(0) && isOver(1) && isOver(2))
}
