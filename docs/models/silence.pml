/*
 * A process goes silent: it stops for ever, in the middle of anything, and what its open transactions have locked stays locked. Two workers; the
 * first may stop. A host's transaction may stay open for ever, too. READ COMMITTED; each atomic block is one statement.
 *
 * There are three jobs. The first two have one key, whose limit is 1; the third has none. Ready jobs are claimed in their order. A claim locks a
 * job and the notes, then the key, then starts the job. If another transaction has locked the key, the job is handed back; if that has happened before, it is
 * parked with a note for later, so that it does not stay first. Notes that another claim has had locked for long are replaced. A settlement locks the job, and ends it. The other worker takes over from one that
 * has stopped. Besides, two rows are due for upkeep, one after the other: a deadline, or what is to be purged.
 *
 * Held is a job if somebody silent has locked its row or its key, or the row of the job that has the permit. Held is a row of upkeep that somebody
 * silent has locked.
 *
 * Holds: of one key, one job runs at most. A worker that lives ends only when all jobs and rows that nobody silent holds have ended.
 *
 * Also LIVELY: and it does end: there is no endless work without a start, an end or a take-over.
 * Also LIVELY_UPKEEP: the same with the third job only, and with the rows of upkeep.
 *
 * Twin IGNORES_KEY: a claim starts a job although somebody has locked its key.
 * Livelock HANDS_BACK: a job whose key is locked is handed back each time, and stays first.
 * Livelock DROPS_NOTES: a note whose key is locked is deleted, and not put off.
 * Livelock KEEPS_NOTES: a note that somebody silent has locked is not replaced.
 * Livelock LOCKS_WORKER: a claim locks the row of its worker, which the take-over needs.
 * Livelock UPKEEP_WAITS: the upkeep waits for a row that others have locked.
 * Livelock TAKES_OVER_BETWEEN: the take-over is a duty of a thread that waits.
 */
#ifdef TAKES_OVER_BETWEEN
#define UPKEEP_WAITS
#endif
#ifdef UPKEEP_WAITS
#define UPKEEP
#endif
#ifdef LIVELY_UPKEEP
#define UPKEEP
#endif
#define JOBS 3
#define LATE 2
#define NOBODY 0
#define HOST 3
#define hasKey(j) ((j) < 2)

mtype = { READY, PARKED, RUNNING, ENDED };
/* The committed rows, and who has locked them: 1 and 2 are the workers' claims and settlements, 3 is the host, 4 and 5 their upkeep, 6 and 7 their take-overs. */
mtype status[JOBS] = READY;
byte runner[JOBS], jobLock[JOBS], keyLock, lateLock[LATE];
bool isLate[LATE] = true;
bool hasNote, hasLocked[2];     /* notes that nobody has locked, and those that the claim of a worker has */
bool rowIsThere[2] = true;
byte rowLock;           /* of the first worker */
bool isStopped;         /* the first worker */
bool isHostSilent;

#define isSilent(who) ((who) == HOST && isHostSilent || isStopped && ((who) == 1 || (who) == 4 || (who) == 6))
#define hasPermit(j) (hasKey(j) && status[j] == RUNNING)
#define isHeld(j) (isSilent(jobLock[j]) || hasKey(j) && (isSilent(keyLock) || hasPermit(0) && isSilent(jobLock[0]) || hasPermit(1) && isSilent(jobLock[1])))
#define isOver(j) (status[j] == ENDED || isHeld(j))
#define isAllOver (isOver(0) && isOver(1) && isOver(2) && (!isLate[0] || isSilent(lateLock[0])) && (!isLate[1] || isSilent(lateLock[1])))
#define isGone(me) ((me) == 0 && isStopped)
#define leave(me) if :: isGone(me) -> goto gone :: else fi
#define canSettle(j) (status[j] == RUNNING && runner[j] == me && jobLock[j] == NOBODY)
#define isBlocked(j) (!(status[j] == PARKED) || jobLock[j] != NOBODY)
#define isLockedParked (isBlocked(0) && isBlocked(1))
#define mayPick(j) (status[j] == READY && jobLock[j] == NOBODY)

proctype Claims(byte me) {
    byte j = JOBS, got, moves;
    bool missed[2], hasReplaced;
    do
    :: atomic { isGone(me) || isAllOver -> break }
    :: atomic { !isGone(me) && !isAllOver && rowIsThere[me] ->          /* claims the first ready job */
#ifdef LOCKS_WORKER
            if :: me == 0 && rowLock == NOBODY -> rowLock = 1 :: else fi;
#endif
            if
            :: mayPick(0) -> j = 0
            :: !mayPick(0) && mayPick(1) -> j = 1
            :: !mayPick(0) && !mayPick(1) && mayPick(2) -> j = 2
            :: else -> j = JOBS
            fi;
            if :: j < JOBS -> jobLock[j] = me + 1 :: else fi;
            if :: hasNote -> hasNote = false; hasLocked[me] = true :: else fi       /* and the notes */
        };
        atomic { leave(me);             /* and its key, or that of the notes */
            got = 0;
            if
            :: (j < JOBS && hasKey(j) || hasLocked[me]) && keyLock == NOBODY -> keyLock = me + 1; got = 1
            :: else
            fi
        };
        atomic { leave(me);             /* starts, parks, hands back, starts a parked one; COMMIT */
            if
            :: j == JOBS
#ifdef IGNORES_KEY
            :: j < JOBS && hasKey(j) && !got && hasPermit(1 - j)
            :: j < JOBS && (!hasKey(j) || !got || got && !hasPermit(1 - j)) -> status[j] = RUNNING; runner[j] = me
#else
            :: j < JOBS && (!hasKey(j) || got && !hasPermit(1 - j)) ->
                status[j] = RUNNING; runner[j] = me; moves = 1;
                if :: hasKey(j) -> missed[j] = false :: else fi
            :: j < JOBS && hasKey(j) && got && hasPermit(1 - j) -> status[j] = PARKED
            :: j < JOBS && hasKey(j) && !got ->
#ifndef HANDS_BACK
                if :: missed[j] -> status[j] = PARKED; hasNote = true :: else fi;
#endif
                missed[j] = !missed[j]
#endif
            fi;
            if
            :: hasLocked[me] && got ->
                hasLocked[me] = false;
                if
                :: !hasPermit(0) && !hasPermit(1) && status[0] == PARKED && jobLock[0] == NOBODY -> status[0] = RUNNING; runner[0] = me; moves = 1
                :: !hasPermit(0) && !hasPermit(1) && !(status[0] == PARKED && jobLock[0] == NOBODY) && status[1] == PARKED && jobLock[1] == NOBODY -> status[1] = RUNNING; runner[1] = me; moves = 1
                :: !hasPermit(0) && !hasPermit(1) && (status[0] == PARKED || status[1] == PARKED) && isLockedParked -> hasNote = true
                :: else
                fi
#ifdef DROPS_NOTES
            :: hasLocked[me] && !got -> hasLocked[me] = false
#else
            :: hasLocked[me] && !got -> hasLocked[me] = false; hasNote = true       /* notes whose key is locked are put off */
#endif
            :: else
            fi;
#ifndef KEEPS_NOTES
            if
            :: me == 1 && isStopped && hasLocked[0] && !hasReplaced -> hasNote = true; hasReplaced = true  /* locked for long */
            :: else
            fi;
#endif
            if :: j < JOBS -> jobLock[j] = NOBODY :: else fi;
            if :: got -> keyLock = NOBODY :: else fi;
#ifdef LOCKS_WORKER
            if :: me == 0 && rowLock == 1 -> rowLock = NOBODY :: else fi;
#endif
            got = 0; j = JOBS
        };
        atomic { leave(me);             /* settles one that it runs and that nobody has locked: locks it */
            if
            :: canSettle(0) -> j = 0
            :: !canSettle(0) && canSettle(1) -> j = 1
            :: !canSettle(0) && !canSettle(1) && canSettle(2) -> j = 2
            :: else -> j = JOBS
            fi;
            if :: j < JOBS -> jobLock[j] = me + 1 :: else fi
        };
        atomic { leave(me);             /* and ends it */
            if
            :: j < JOBS ->
                status[j] = ENDED; jobLock[j] = NOBODY; runner[j] = 0;
                if :: hasKey(j) -> hasNote = true :: else fi
            :: else
            fi;
            moves = moves + (j < JOBS);
            j = JOBS
        };
        if :: moves > 0 -> goto progress_moves :: else fi;
        goto again;
progress_moves:
        moves = 0;
again:
        skip
    od;
gone:
    skip
}

#define isLost(j) (status[j] == RUNNING && runner[j] == 0 && jobLock[j] == NOBODY)
#define canTake (isStopped && rowIsThere[0] && rowLock == NOBODY)
#define canFind (isStopped && !rowIsThere[0] && (isLost(0) || isLost(1) || isLost(2)))
/* A round in which the second worker looks for jobs of the first one. */
inline takeOver() {
    atomic {
        if
        :: canTake -> rowLock = 7
        :: canFind
        :: else
        fi;
        if
        :: rowLock == 7 || canFind ->
            for (j : 0 .. JOBS - 1) { if :: isLost(j) -> jobLock[j] = 7; locked = locked | (1 << j) :: else fi };
        :: else
        fi;
        j = 0
    };
    if
    :: locked || rowLock == 7 ->
progress_takes:
        atomic {
            for (j : 0 .. JOBS - 1) {
                if
                :: (locked >> j) & 1 ->
                    status[j] = READY; jobLock[j] = NOBODY; runner[j] = 0;
                    if :: hasKey(j) -> hasNote = true :: else fi
                :: else
                fi
            };
            if :: rowLock == 7 -> rowIsThere[0] = false; rowLock = NOBODY :: else fi;
            locked = 0; j = 0
        }
    :: else
    fi
}

#ifndef TAKES_OVER_BETWEEN
proctype TakeOver() {
    byte locked, j;
    do
    :: atomic { isAllOver -> break }
    :: atomic { !isAllOver };
        takeOver()
    od
}
#endif

#ifdef UPKEEP
proctype Upkeep() {
    byte i, got, locked, j;
    do
    :: atomic { isAllOver -> break }
    :: atomic { !isAllOver -> i = 0 };
        do
        :: atomic { i < LATE && isLate[i] };
#ifdef UPKEEP_WAITS
            atomic { isAllOver || lateLock[i] == NOBODY };
#endif
            atomic { if :: lateLock[i] == NOBODY -> lateLock[i] = 5; got = 1 :: else fi };
            if
            :: got ->
progress_keeps:
                atomic { isLate[i] = false; lateLock[i] = NOBODY }
            :: else
            fi;
            atomic { got = 0; i++ }
        :: atomic { i < LATE && !isLate[i] -> i++ }
        :: atomic { i == LATE -> break }
        od;
#ifdef TAKES_OVER_BETWEEN
        takeOver()
#endif
    od
}
#endif

/* Locks one row from outside, and commits or never does. */
proctype Host() {
    byte locked;
    if
    :: skip
    :: atomic { keyLock == NOBODY -> keyLock = HOST; locked = 1 }
#ifdef UPKEEP
    :: atomic { lateLock[0] == NOBODY -> lateLock[0] = HOST; locked = 2 }
#else
    :: atomic { jobLock[1] == NOBODY -> jobLock[1] = HOST; locked = 3 }
#endif
    fi;
    if
    :: atomic { isHostSilent = true }
    :: atomic {
            if
            :: locked == 1 -> keyLock = NOBODY
            :: locked == 2 -> lateLock[0] = NOBODY
            :: locked == 3 -> jobLock[1] = NOBODY
            :: else
            fi
        }
    fi
}

proctype Stop() {
    if
    :: atomic { isStopped = true }
    :: skip
    fi
}

proctype Monitor() {
end:
    atomic { hasPermit(0) && hasPermit(1) -> assert(false) }
}

init {
    atomic {
        run Claims(0);
        run Claims(1);
#ifdef UPKEEP
        status[0] = ENDED; status[1] = ENDED;
        run Upkeep();
#else
        isLate[0] = false; isLate[1] = false;
#endif
#ifndef TAKES_OVER_BETWEEN
        run TakeOver();
#endif
        run Host();
        run Stop()
#if !defined(LIVELY) && !defined(UPKEEP)
        ;
        run Monitor()
#endif
    };
    timeout;
    assert(isAllOver)
}
