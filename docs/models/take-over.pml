/*
 * A dead worker's jobs are taken over, in two statements of one transaction, while the worker may be claiming, beating and settling.
 *
 * READ COMMITTED. The take-over locks the worker's row, only if its lease has still lapsed, and passes over a row that is locked
 * (SKIP LOCKED). Then it reads, in a new statement, which jobs the worker holds, locks those that nobody has locked, and makes
 * them pending. Last it deletes the row. What somebody had locked stays behind without a worker; another round finds it by that.
 * A claim locks the worker's row as well (KEY SHARE), waits for that if it must, and finds nothing if the row is gone. It tests
 * the lease before it waits, and not again. A beat waits for the row, renews the lease also after it has lapsed, and hears when
 * there is no row. A settlement locks the job, and is fenced by claim and worker. Any transaction may break off.
 *
 * Two workers and two jobs; each id of a worker is used once, so one that was declared dead is out. Leases lapse at any moment.
 *
 * Holds: a job is taken only from a worker whose lease has lapsed; it is handed out only while nobody with a good lease holds it;
 * a claim is never committed under a worker that is gone; and a take-over leaves no job of its worker behind but those that were
 * locked, which are found. In the end nothing is processing.
 *
 * Twin CLAIM_WITHOUT_LOCK: the claim tests the lease and does not lock the worker's row.
 * Twin NO_SECOND_TEST: the worker is found dead first, and its row is locked later without another look at its lease.
 * Twin ONE_STATEMENT: the jobs are read in the picture from before the worker's row was locked.
 * Twin NO_ORPHANS: nobody looks for jobs whose worker is gone.
 */
#define WORKERS 2
#define JOBS 2
#define CLAIMS 2        /* that are handed out of each job, so that the search ends */
#define NOBODY 2        /* the worker of a job that is pending or has ended */

mtype = { PENDING, PROCESSING, ENDED };

/* The rows, as committed; and who was handed the job last and has not ended it. */
typedef JobRow { mtype status = PENDING; byte worker = NOBODY; byte claim; bool locked; byte last = NOBODY };
typedef WorkerRow { bool exists = true; bool isGood = true; byte sharers; bool locked };
JobRow job[JOBS];
WorkerRow worker[WORKERS];
byte running = WORKERS; /* workers that have not stopped */
byte handedOut[JOBS];

#define isHeldBy(j, w) (job[j].status == PROCESSING && job[j].worker == w)

/* One job under one id: claims, settles, beats, dies. */
proctype Worker(byte me) {
    byte j, mine;
    bool alive;
    do
    :: atomic { worker[me].exists && worker[me].isGood -> alive = true };
        /* The statement has tested the lease. */
#ifndef CLAIM_WITHOUT_LOCK
        atomic {
            !worker[me].locked ->
            if
            :: worker[me].exists -> worker[me].sharers++
            :: else -> alive = false
            fi
        };
#endif
        if
        :: !alive -> break
        :: else
        fi;
        atomic {                            /* a job that is pending, and that nobody has locked */
            if
            :: job[0].status == PENDING && !job[0].locked && handedOut[0] < CLAIMS -> j = 0
            :: job[1].status == PENDING && !job[1].locked && handedOut[1] < CLAIMS -> j = 1
            :: else -> j = JOBS
            fi;
            if
            :: j < JOBS -> job[j].locked = true
            :: else
            fi
        };
        atomic {                            /* COMMIT, or not */
            if
            :: j < JOBS ->
                assert(worker[me].exists);
                assert(job[j].last == NOBODY || !worker[job[j].last].isGood);
                job[j].status = PROCESSING; job[j].worker = me; job[j].last = me; job[j].claim++; mine = job[j].claim;
                handedOut[j]++;
                job[j].locked = false
            :: j < JOBS -> job[j].locked = false; j = JOBS
            :: j == JOBS
            fi;
#ifndef CLAIM_WITHOUT_LOCK
            worker[me].sharers--
#endif
        };
        if
        :: j < JOBS ->
            if
            :: atomic { !job[j].locked -> job[j].locked = true };   /* settles */
                atomic {
                    if
                    :: isHeldBy(j, me) && job[j].claim == mine -> job[j].status = ENDED; job[j].worker = NOBODY; job[j].last = NOBODY
                    :: isHeldBy(j, me) && job[j].claim == mine      /* broken off */
                    :: !(isHeldBy(j, me) && job[j].claim == mine)   /* refused */
                    fi;
                    job[j].locked = false
                }
            :: skip                         /* forgets it, as after a crash */
            fi
        :: else
        fi;
        j = 0; mine = 0; alive = false
    :: atomic {                             /* a beat */
            !worker[me].locked && worker[me].sharers == 0 ->
            if
            :: worker[me].exists -> worker[me].isGood = true
            :: else -> break
            fi
        }
    :: break                                /* dies */
    od;
    running--
}

/* A lease lapses, at any moment, and for good once its worker has died. */
active proctype Clock() {
end:
    do
    :: atomic { worker[0].exists && worker[0].isGood -> worker[0].isGood = false }
    :: atomic { worker[1].exists && worker[1].isGood -> worker[1].isGood = false }
    od
}

inline take(j, w) {
    assert(!worker[w].exists || !worker[w].isGood);
    job[j].status = PENDING; job[j].worker = NOBODY; job[j].claim++
}

/* Bits: those of the jobs that are to be taken, and those that are locked for it. */
#define bit(j) (1 << (j))

inline look(w, found) {
    found = 0;
    if
    :: isHeldBy(0, w) -> found = found | bit(0)
    :: else
    fi;
    if
    :: isHeldBy(1, w) -> found = found | bit(1)
    :: else
    fi
}

inline lockFree(found, ours) {
    ours = 0;
    if
    :: (found & bit(0)) && !job[0].locked -> job[0].locked = true; ours = ours | bit(0)
    :: else
    fi;
    if
    :: (found & bit(1)) && !job[1].locked -> job[1].locked = true; ours = ours | bit(1)
    :: else
    fi
}

inline takeLocked(w, ours) {
    for (j : 0 .. JOBS - 1) {
        if
        :: (ours & bit(j)) ->
            if
            :: isHeldBy(j, w) -> take(j, w)
            :: else
            fi;
            job[j].locked = false
        :: else
        fi
    }
}

inline unlock(ours) {
    for (j : 0 .. JOBS - 1) {
        if
        :: (ours & bit(j)) -> job[j].locked = false
        :: else
        fi
    }
}

/* Rounds of one worker that takes over from the others. */
active proctype TakeOver() {
    byte w, j, found, ours;
    do
    :: atomic {
            if
            :: worker[0].exists && !worker[0].isGood -> w = 0
            :: worker[1].exists && !worker[1].isGood -> w = 1
            fi
        };
        /* It was dead when the round began. */
#ifdef ONE_STATEMENT
        atomic { look(w, found) };
#endif
        if
#ifdef NO_SECOND_TEST
        :: atomic { worker[w].exists && !worker[w].locked && worker[w].sharers == 0 -> worker[w].locked = true };
#else
        :: atomic { worker[w].exists && !worker[w].locked && worker[w].sharers == 0 && !worker[w].isGood -> worker[w].locked = true };
#endif
#ifndef ONE_STATEMENT
            atomic { look(w, found) };
#endif
            atomic { lockFree(found, ours) };
            if
            :: atomic {                     /* COMMIT */
                    takeLocked(w, ours);
                    for (j : 0 .. JOBS - 1) {
                        assert(!isHeldBy(j, w) || ((found & bit(j)) && !(ours & bit(j))))
                    }
                    worker[w].exists = false; worker[w].isGood = false; worker[w].locked = false
                }
            :: atomic { unlock(ours); worker[w].locked = false }
            fi
        :: skip                             /* passed over, or alive again */
        fi;
        atomic { w = 0; j = 0; found = 0; ours = 0 }
#ifndef NO_ORPHANS
    :: atomic {
            if
            :: !worker[0].exists && (isHeldBy(0, 0) || isHeldBy(1, 0)) -> w = 0
            :: !worker[1].exists && (isHeldBy(0, 1) || isHeldBy(1, 1)) -> w = 1
            fi;
            look(w, found)
        };
        atomic { lockFree(found, ours) };
        if
        :: atomic { takeLocked(w, ours) }
        :: atomic { unlock(ours) }
        fi;
        atomic { w = 0; j = 0; found = 0; ours = 0 }
#endif
    :: atomic {
            running == 0 && !worker[0].exists && !worker[1].exists && job[0].status != PROCESSING && job[1].status != PROCESSING -> break
        }
    od
}

init {
    atomic { run Worker(0); run Worker(1) }
}
