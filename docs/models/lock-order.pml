/*
 * Transactions that change jobs of one family lock the rows that they need. They discover some of these rows only after they have
 * locked others.
 *
 * The rows, in the order in which they are locked: first the plain jobs, here two children; then the jobs that wait for others,
 * by id. Any order is correct, if all transactions use the same one.
 *
 *     0, 1   children of 2
 *     2      parent, child of 3
 *     3      grandparent
 *     4      comes after job 1
 *
 * A transaction may need a row that comes before one that it has locked. Then it releases all its locks: it starts the transaction
 * again, or rolls back to a savepoint. After that it locks all rows that it knows of, in this order.
 *
 * Left out: the order of a job changes when the job begins to wait for the children that it has spawned.
 *
 * Holds: no transaction waits for ever (Spin calls that an invalid end state), and in the end no row is locked.
 *
 * Twin AS_FOUND: a transaction locks rows when it finds them: one locks the child before the parent, another the parent first.
 */
#define ROWS 5
#define ROW(n) (1 << (n))

byte held;      /* the locked rows, one bit for each */

/* Locks the rows that this transaction needs and has not locked yet. */
inline lock(rows) {
    needed = rows;
#ifndef AS_FOUND
    missing = needed & ~mine;
    if
    :: mine > (missing & -missing) ->    /* a missing row comes before one of ours: release all */
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

/* Ends the first child, then its parent, and perhaps the grandparent. */
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

/* Ends the second child, then its parent and its successor, and perhaps the grandparent. */
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

/* Cancels the grandparent and its open descendants, which it finds level by level, and then the successor of one of them. */
proctype CancelFamily() {
    byte mine, needed, missing, row;
    lock(ROW(3));
    lock(ROW(3) | ROW(2));
    lock(ROW(3) | ROW(2) | ROW(1) | ROW(0));
    lock(ROW(3) | ROW(2) | ROW(1) | ROW(0) | ROW(4));
    commit()
}

/* Adds a job to the group (the parent). Its predecessor is the first child, and the row of that child notes the successor. */
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
