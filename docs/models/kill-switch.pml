/*
 * A change of a key beside claims: somebody pauses the key and resumes it, and again. READ COMMITTED. Each atomic block is one statement; what a transaction
 * changes, others see when it commits. Any process may go silent at any step.
 *
 * A claim that has locked the row of the key must not hold up the change. So a change locks the row if it is free, and writes it; otherwise
 * it is announced: it is committed in a row of its own, where it is open, with a new version. A claim reads whether anything is open, takes
 * the notes, locks the key, and then reads its open change. The statement that starts jobs finds an open change that the claim has not seen; then all is
 * rolled back. (So on PostgreSQL. Elsewhere the statement that counts, after the key is locked, looks for open changes: a claim that has counted by then may start jobs against a later
 * change, and the answer to that says that the claim was open.) Whoever gets the lock of the key later writes the open change into its row, and leaves a note.
 *
 * Holds: no job starts while the change that holds is a pause. When nobody can go on after the last resume, the job has started.
 *
 * Twin STARTS_BLINDLY: the statement that starts jobs does not look for changes.
 * Twin LOOKS_BEFORE: the look for changes is a statement before the one that starts jobs.
 * Twin SAME_VERSION: a change that is announced keeps the version of the one before.
 * Twin CLOSES_SILENTLY: who writes an open change into the row of the key leaves no note.
 * Twin RESUMES_SILENTLY: a resume leaves no note, nor does the closing of one.
 */
#ifdef RESUMES_SILENTLY
#define CLOSES_SILENTLY
#endif

mtype = { READY, PARKED, RUNNING };
/* The committed rows. */
mtype job = READY;
bool jobLocked, keyLocked, keyPaused;
bool isOpen, announced;     /* the open change: a pause, or none */
byte version;
byte notes;

#define isPaused (isOpen -> announced : keyPaused)
inline note() {
    if :: notes < 2 -> notes++ :: else fi
}
inline announce(pause) {
    announced = pause;
    isOpen = true;
#ifndef SAME_VERSION
    version++
#endif
}

proctype Claim() {
    bool hasOpen, mine, got, pausedThere, isBlind;
    byte taken, seen;
end:
    do
    :: atomic {             /* begins: takes the job if it is ready, and reads whether there are open changes */
            (job == READY && !jobLocked) || notes > 0 ->
            mine = (job == READY && !jobLocked);
            jobLocked = (mine -> true : jobLocked);
            hasOpen = isOpen;
            got = false; seen = 255
        };
        atomic { taken = notes; notes = 0 };
        atomic {            /* locks the key, or does not */
            if
            :: !keyLocked -> keyLocked = true; got = true; pausedThere = keyPaused
            :: else
            fi
        };
        if
        :: atomic { got && hasOpen ->
                if
                :: isOpen -> pausedThere = announced; seen = version
                :: else
                fi
            }
        :: else
        fi;
        if                  /* looks for a parked job */
        :: atomic { got && !mine && !pausedThere && job == PARKED && !jobLocked -> jobLocked = true; mine = true }
        :: else
        fi;
        isBlind = false;
#ifdef LOOKS_BEFORE
        isBlind = !(isOpen && seen != version);
#endif
        atomic {            /* starts, parks or hands back, and commits */
            if
            :: !got || !mine ->
                if :: !got && taken -> note() :: else fi
            :: got && mine && pausedThere -> job = PARKED
            :: else ->
                if
#ifndef STARTS_BLINDLY
                :: isOpen && seen != version && !isBlind -> if :: taken -> note() :: else fi
                :: !(isOpen && seen != version && !isBlind) ->
#else
                :: true ->
#endif
                    assert(!isPaused);
                    job = RUNNING
                fi
            fi;
            if :: mine -> jobLocked = false :: else fi;
            if :: got -> keyLocked = false :: else fi;
            mine = false; got = false; taken = 0
        }
    od
}

/* Somebody who pauses the key and resumes it, twice. */
proctype Operator() {
    bool pause = true;
    byte changes;
    do
    :: atomic {             /* the row is free */
            !keyLocked -> keyLocked = true
        };
        atomic {
            keyPaused = pause; isOpen = false; version++;
#ifndef RESUMES_SILENTLY
            if :: !pause -> note() :: else fi;
#endif
            keyLocked = false
        };
        pause = !pause; changes++;
        if :: changes == 4 -> break :: else fi
    :: atomic {             /* a claim has it */
            keyLocked -> announce(pause);
#ifndef RESUMES_SILENTLY
            if :: !pause -> note() :: else fi
#endif
        };
        pause = !pause; changes++;
        if :: changes == 4 -> break :: else fi
    od
}

/* A worker that looks for changes whose key is free. */
proctype Closer() {
end:
    do
    :: atomic { isOpen && !keyLocked -> keyLocked = true };
        atomic {
            if
            :: isOpen ->
                keyPaused = announced; isOpen = false; version++;
#ifndef CLOSES_SILENTLY
                note()
#endif
            :: else
            fi;
            keyLocked = false
        }
    od
}

init {
    atomic { run Claim(); run Claim(); run Operator(); run Closer() };
    /* Nobody can go on. */
    timeout -> assert(job == RUNNING)
}
