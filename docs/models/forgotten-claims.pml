/*
 * The database forgets its last commits: it fails over to a standby that has not seen them. There, numbers of claims begin again.
 *
 * There are one job and two workers. A claim writes its number, its worker and its start. No two claims have the same start, which is the
 * time of the database. So run r is that of the claim with start r. A worker may get the job again while it still has a run of it. A run
 * ends with a settlement: it completes the job or gives it back. It is repeated as long as the answer is lost.
 *
 * A worker looks at what it holds by the words of the database, and gives back a claim of which it has no run: the answer to a claim was
 * lost, or a settlement that the worker has had confirmed is forgotten. The database answers first, and the worker compares later.
 *
 * Holds: a settlement is written only onto the claim of its own run. A settlement that is answered with ALREADY_APPLIED, or a later one of the
 * same run, is what ended the claim. In the end the job is not processing.
 *
 * Twin NO_START: the fence is the number, the status and the worker.
 * Twin NO_WORKER: the same, and after the job has left processing the worker is not compared.
 * Twin NO_LOOK: no worker looks at what it holds.
 */
#define RUNS 3          /* at most so many claims, so that the search ends */
#define FORGETS 2       /* how often the database forgets */

mtype = { PENDING, PROCESSING, COMPLETED };             /* the status of the job */
mtype = { NONE, OPEN, DONE };                           /* what a run is to its worker */

typedef Row {
    mtype status;
    byte number;
    byte worker;
    byte start;
    byte endedBy        /* the run whose settlement ended the latest claim; a store does not write this */
};

Row row;
Row standby;

byte clock;             /* the start of the last claim */
byte forgotten;
mtype runs[RUNS + 1] = NONE;
byte numberOf[RUNS + 1];
byte workerOf[RUNS + 1];

#ifdef NO_START
#define isLatest(r) (row.number == numberOf[r] && row.worker == workerOf[r])
#else
#ifdef NO_WORKER
#define isLatest(r) (row.number == numberOf[r] && (row.status != PROCESSING || row.worker == workerOf[r]))
#else
#define isLatest(r) (row.number == numberOf[r] && row.worker == workerOf[r] && row.start == r)
#endif
#endif

inline copy(from, to) {
    to.status = from.status;
    to.number = from.number;
    to.worker = from.worker;
    to.start = from.start;
    to.endedBy = from.endedBy
}

/* One call of the store. */
inline settle(r, next) {
    if
    :: isLatest(r) && row.status == PROCESSING ->       /* APPLIED */
        assert(row.start == r);
        row.status = next;
        row.endedBy = r
    :: isLatest(r) && row.status != PROCESSING ->       /* ALREADY_APPLIED */
        assert(row.endedBy == r)
    :: !isLatest(r)                                     /* LOST */
    fi
}

inline finish(r) {
    if
    :: settle(r, COMPLETED)
    :: settle(r, PENDING)
    fi;
    if
    :: runs[r] = DONE
    :: skip                                             /* the answer is lost */
    fi
}

proctype Worker(byte me) {
    byte seen;
end:
    do
    :: atomic {
            row.status == PENDING && clock < RUNS ->
            clock++;
            row.status = PROCESSING;
            row.number++;
            row.worker = me;
            row.start = clock;
            numberOf[clock] = row.number;
            workerOf[clock] = me;
            if
            :: runs[clock] = OPEN
            :: skip                                     /* the answer is lost */
            fi
        }
    :: atomic { runs[1] == OPEN && workerOf[1] == me -> finish(1) }
    :: atomic { runs[2] == OPEN && workerOf[2] == me -> finish(2) }
    :: atomic { runs[3] == OPEN && workerOf[3] == me -> finish(3) }
#ifndef NO_LOOK
    :: atomic { seen == 0 && row.status == PROCESSING && row.worker == me -> seen = row.start }
    :: atomic {
            seen != 0 ->
            if
            :: runs[seen] != OPEN -> settle(seen, PENDING)
            :: else
            fi;
            seen = 0
        }
#endif
    od
}

active proctype Standby() {
end:
    do
    :: atomic { forgotten < FORGETS -> copy(row, standby) }
    :: atomic { forgotten < FORGETS -> forgotten++; copy(standby, row) }
    od
}

init {
    atomic {
        row.status = PENDING;
        copy(row, standby);
        run Worker(0);
        run Worker(1)
    }
    timeout -> assert(row.status != PROCESSING)
}
