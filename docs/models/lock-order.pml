/*
 * Transactions that move jobs of one family lock the rows they need, and some of those they find only on their way.
 *
 * The rows, in the order in which they are locked: first the plain jobs, here two children, then those that wait for others,
 * by id (any order does, if it is the same for all):
 *
 *     0, 1   children of 2
 *     2      parent, child of 3
 *     3      grandparent
 *     4      comes after job 1
 *
 * Whoever finds that it needs a row of a lower place than one it has lets go of all, by beginning its transaction anew or going
 * back to a savepoint, and takes all it knows of in that order.
 *
 * Left out: that a job gets another place when it begins to wait for the children it has spawned.
 *
 * Holds: nobody waits for ever (Spin calls that an invalid end state), and in the end no row is locked.
 *
 * Twin AS_FOUND: rows are locked as they are found, child before parent here and parent before child there.
 */
#define ROWS 5
#define ROW(n) (1 << (n))

byte held;      /* the rows that are locked, a bit for each */

/* Locks what is needed and not yet ours. */
inline lock(rows) {
    needed = rows;
#ifndef AS_FOUND
    missing = needed & ~mine;
    if
    :: mine > (missing & -missing) ->    /* one that is missing comes before one of ours: all is undone */
        atomic { held = held & ~mine; mine = 0 }
    :: else
    fi;
#endif
    row = 0;
    do
    :: row == ROWS -> break
    :: row < ROWS && (needed & ~mine & ROW(row)) == 0 -> row++
    :: row < ROWS && (needed & ~mine & ROW(row)) != 0 ->
        atomic { (held & ROW(row)) == 0 -> held = held | ROW(row); mine = mine | ROW(row) }
    od
}

inline commit() {
    atomic { assert((held & mine) == mine); held = held & ~mine; mine = 0 }
}

/* Ends the first child: then its parent, and with it perhaps the grandparent. */
proctype SettleFirst() {
    byte mine, needed, missing, row;
    lock(ROW(0));
    lock(ROW(0) | ROW(2));
    if
    :: lock(ROW(0) | ROW(2) | ROW(3))
    :: skip
    fi;
    commit()
}

/* Ends the second child: then its parent and the job that comes after it, and with the parent perhaps the grandparent. */
proctype SettleSecond() {
    byte mine, needed, missing, row;
    lock(ROW(1));
    lock(ROW(1) | ROW(2) | ROW(4));
    if
    :: lock(ROW(1) | ROW(2) | ROW(3) | ROW(4))
    :: skip
    fi;
    commit()
}

/* Cancels the grandparent, and so whatever is open below, which it finds level by level; then what comes after that. */
proctype CancelFamily() {
    byte mine, needed, missing, row;
    lock(ROW(3));
    lock(ROW(3) | ROW(2));
    lock(ROW(3) | ROW(2) | ROW(1) | ROW(0));
    lock(ROW(3) | ROW(2) | ROW(1) | ROW(0) | ROW(4));
    commit()
}

/* Adds to the group (the parent) a job that comes after the first child, whose row will say so. */
proctype Add() {
    byte mine, needed, missing, row;
    lock(ROW(2));
    lock(ROW(2) | ROW(0));
    commit()
}

init {
    atomic {
        run SettleFirst();
        run SettleSecond();
        run CancelFamily();
        run Add()
    }
    _nr_pr == 1;
    assert(held == 0)
}
