/*
 * The jobs of a dead worker are taken over, in two statements of one transaction. Meanwhile that worker may claim, send heartbeats and
 * settle.
 *
 * READ COMMITTED. The take-over locks the row of the worker, if its lease has still lapsed, and skips a row that is locked (SKIP
 * LOCKED). Then, in a new statement, it reads which jobs the worker holds, locks those that no other transaction has locked, and makes
 * them pending. At last it deletes the row of the worker. A job that another transaction has locked then refers to a worker that does
 * not exist. A later round finds the job by that.
 *
 * A claim tests the lease of its worker when its statement begins, and locks nothing of it: a claim that goes silent must not keep the row.
 * So it may commit after the take-over, for a worker that does not exist any more. A later round finds the job by that, too. The worker does
 * not run such a job: by its own clock, its lease has ended before it has in the database. A heartbeat waits for the row. It renews the lease
 * even if the lease has lapsed, and the worker learns if there is no row. A settlement locks the job, and its fence is the claim and the worker.
 * Every transaction may be rolled back.
 *
 * There are two workers and two jobs. Each worker id is used once, so a worker that was declared dead does not come back. A lease may
 * lapse at any moment.
 *
 * Holds: a job is taken over only from a worker with a lapsed lease. A job is claimed only while no worker with a valid lease holds it.
 * In the end no job is processing: a take-over leaves behind what others have locked, and what an open claim commits later, and a later round finds it.
 *
 * A heartbeat also writes which two sessions of the server its process has, and the epoch of the server. The epoch changes whenever the
 * server may have ended sessions by itself: it restarts, all of them or those of a crash, another server takes over, or somebody
 * terminates sessions. Besides, a reset may end one of the two sessions of a living worker; it gets both again at the latest with its next
 * heartbeat. If the epoch of a row is that of now, and both sessions are gone, the lease ends early.
 *
 * Holds too: no lease ends early whose worker lives.
 *
 * Also CLAIM_LOCKS_WORKER: the claim locks the row of the worker too (KEY SHARE), as libraries before schema 9 do: it waits for the row if necessary, and
 * takes no job if there is none. Then a take-over leaves only locked jobs behind.
 *
 * Twin NO_EPOCH: the epoch is not compared.
 * Twin ONE_SESSION: only one of the sessions is looked for.
 * Twin NO_SECOND_TEST: the take-over first finds that the worker is dead, and later locks its row without testing the lease again.
 * Twin ONE_STATEMENT: the claim locks the row, and the take-over reads the jobs in the snapshot from before it locked the row of the worker.
 * Twin NO_ORPHANS: no round looks for jobs of workers that do not exist.
 */
#ifdef ONE_STATEMENT
#define CLAIM_LOCKS_WORKER
#endif

#define WORKERS 2
#define JOBS 2
#define CLAIMS 2        /* at most so many claims of each job, so that the search ends */
#define EPOCHS 2        /* of the server */
#define NONE 2          /* of a row without a heartbeat */
#define NO_WORKER 2        /* the worker of a job that is pending or has ended */

mtype = { PENDING, PROCESSING, ENDED };

/* The committed rows. "last" is the worker that claimed the job last and has not ended it. */
typedef JobRow { mtype status = PENDING; byte worker = NO_WORKER; byte claim; bool locked; byte last = NO_WORKER };
typedef WorkerRow { bool exists = true; bool isGood = true; byte sharers; bool locked; byte epoch = NONE };
JobRow job[JOBS];
WorkerRow worker[WORKERS];
/* What the server has: its epoch, and the sessions of each worker. A heartbeat may use one session, and the process listens on another. */
byte epoch;
bool listens[WORKERS], sends[WORKERS];
bool lives[WORKERS] = true;
byte running = WORKERS; /* workers that have not stopped */
byte handedOut[JOBS];

#define isHeldBy(j, w) (job[j].status == PROCESSING && job[j].worker == w)

/* A worker with one id. It claims one job at a time, settles it, sends heartbeats, and dies. */
proctype Worker(byte me) {
    byte j, mine;
    bool alive;
    do
    :: atomic { worker[me].exists && worker[me].isGood -> alive = true };
        /* The statement has tested the lease. */
#ifdef CLAIM_LOCKS_WORKER
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
        atomic {                            /* a pending job without a lock */
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
#ifdef CLAIM_LOCKS_WORKER
                assert(worker[me].exists);
#endif
                assert(job[j].last == NO_WORKER || !worker[job[j].last].isGood);
                job[j].status = PROCESSING; job[j].worker = me; job[j].last = me; job[j].claim++; mine = job[j].claim;
                handedOut[j]++;
                job[j].locked = false
            :: j < JOBS -> job[j].locked = false; j = JOBS
            :: j == JOBS
            fi;
#ifdef CLAIM_LOCKS_WORKER
            worker[me].sharers--
#endif
        };
        if
        :: j < JOBS ->
            if
            :: atomic { !job[j].locked -> job[j].locked = true };   /* settles */
                atomic {
                    if
                    :: isHeldBy(j, me) && job[j].claim == mine -> job[j].status = ENDED; job[j].worker = NO_WORKER; job[j].last = NO_WORKER
                    :: isHeldBy(j, me) && job[j].claim == mine      /* rolled back */
                    :: !(isHeldBy(j, me) && job[j].claim == mine)   /* refused */
                    fi;
                    job[j].locked = false
                }
            :: skip                         /* does not settle, as after a crash */
            fi
        :: else
        fi;
        j = 0; mine = 0; alive = false
    :: atomic {                             /* a heartbeat */
            !worker[me].locked && worker[me].sharers == 0 ->
            if
            :: worker[me].exists ->
                worker[me].isGood = true; worker[me].epoch = epoch; listens[me] = true; sends[me] = true
            :: else -> break
            fi
        }
    :: atomic { lives[me] = false; listens[me] = false; sends[me] = false; break }      /* dies */
    od;
    running--
}

/* A lease may lapse at any moment. After its worker has died, it is not renewed. */
active proctype Clock() {
end:
    do
    :: atomic { worker[0].exists && worker[0].isGood -> worker[0].isGood = false }
    :: atomic { worker[1].exists && worker[1].isGood -> worker[1].isGood = false }
    od
}

/* The server ends sessions. */
active proctype Server() {
end:
    do
    :: atomic { epoch < EPOCHS - 1 -> epoch++; listens[0] = false; sends[0] = false; listens[1] = false; sends[1] = false }
    :: atomic { listens[0] && sends[0] -> listens[0] = false }
    :: atomic { listens[0] && sends[0] -> sends[0] = false }
    od
}

/* A worker that may have started just now ends leases early. One statement tests and writes. */
#ifdef NO_EPOCH
#define isOfNow(w) (worker[w].epoch != NONE)
#else
#define isOfNow(w) (worker[w].epoch == epoch)
#endif
#ifdef ONE_SESSION
#define isGone(w) (!listens[w])
#else
#define isGone(w) (!listens[w] && !sends[w])
#endif

active proctype Looker() {
end:
    do
    :: atomic {
            worker[0].exists && worker[0].isGood && !worker[0].locked && isOfNow(0) && isGone(0) ->
            assert(!lives[0]);
            worker[0].isGood = false
        }
    :: atomic {
            worker[1].exists && worker[1].isGood && !worker[1].locked && isOfNow(1) && isGone(1) ->
            assert(!lives[1]);
            worker[1].isGood = false
        }
    od
}

inline take(j, w) {
    assert(!worker[w].exists || !worker[w].isGood);
    job[j].status = PENDING; job[j].worker = NO_WORKER; job[j].claim++
}

/* One bit for each job. "found" has the jobs to take over, "ours" those that the take-over has locked. */
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

/* The rounds of one worker that takes over the jobs of the others. */
active proctype TakeOver() {
    byte w, j, found, ours;
    do
    :: atomic {
            if
            :: worker[0].exists && !worker[0].isGood -> w = 0
            :: worker[1].exists && !worker[1].isGood -> w = 1
            fi
        };
        /* The worker was dead when the round began. */
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
#ifdef CLAIM_LOCKS_WORKER
                    for (j : 0 .. JOBS - 1) {
                        assert(!isHeldBy(j, w) || ((found & bit(j)) && !(ours & bit(j))))
                    }
#endif
                    worker[w].exists = false; worker[w].isGood = false; worker[w].locked = false
                }
            :: atomic { unlock(ours); worker[w].locked = false }
            fi
        :: skip                             /* skipped, or its lease is valid again */
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
