/*
 * The last children of one parent end at the same moment.
 *
 * READ COMMITTED, as the databases have it: a statement sees what was committed when the statement began, and what its own
 * transaction has written. Waiting for a lock does not refresh that snapshot.
 *
 * One to three transactions end three children. Each transaction ends any number of them, as a batch of settlements does. Then it
 * locks the parent, counts the open children in a new statement, and closes the parent if no child is open.
 *
 * Holds: when all transactions are over, the parent has been closed once, and not while a child was open.
 *
 * Twin OLD_SNAPSHOT: one statement locks the parent and counts, so it counts in the snapshot from before the wait.
 * Twin NO_LOCK: the transaction counts in a new statement, but without the lock of the parent.
 */
#define CHILDREN 3
#define TRANSACTIONS 3
#define ALL 7   /* one bit for each child */

byte ended;     /* the children that have ended, as committed */
bool locked;    /* the lock of the parent's row */
bool isClosed;  /* whether the parent has ended, as committed */
byte closings;
byte over;      /* the transactions that are over */

/* Each transaction ends its own children. No other transaction ends them, because their claims are fenced. */
proctype Transaction(byte mine) {
    byte seen;       /* the children that have ended, as the counting statement sees it */
    bool closes;

#ifdef OLD_SNAPSHOT
    seen = ended | mine;                 /* the statement begins ... */
    atomic { !locked -> locked = true }  /* ... and waits for the parent's row */
#else
#ifndef NO_LOCK
    atomic { !locked -> locked = true }  /* SELECT ... FROM job WHERE id = parent FOR UPDATE */
#endif
    seen = ended | mine;                 /* a new statement: SELECT count(*) ... WHERE parent_id = parent AND status is open */
#endif
    if
    :: seen == ALL && !isClosed -> closes = true
    :: else
    fi;
    atomic {                             /* COMMIT: others see all that was written, and the lock is free */
        ended = ended | mine;
        if
        :: closes -> assert(!isClosed); assert(ended == ALL); isClosed = true; closings++
        :: else
        fi;
        locked = false;
        over++
    }
}

/* Chooses at random which transaction ends which child. A transaction without a child does not run. */
init {
    byte mine[TRANSACTIONS];
    byte child, which, running;
    atomic {
        for (child : 0 .. CHILDREN - 1) {
            select(which : 0 .. TRANSACTIONS - 1);
            mine[which] = mine[which] | (1 << child)
        }
        for (which : 0 .. TRANSACTIONS - 1) {
            if
            :: mine[which] != 0 -> run Transaction(mine[which]); running++
            :: else
            fi
        }
    }
    over == running;
    assert(ended == ALL);
    assert(isClosed);
    assert(closings == 1)
}
