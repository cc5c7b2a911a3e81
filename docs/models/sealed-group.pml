/*
 * Several calls fill a group, while its first children are already ending. The last call seals the group.
 *
 * Every call that adds children, seals the group or ends a child is a transaction. It first locks the group and then reads it, as in
 * parent-closes.pml. So the model treats a call as one atomic action, except where a comment says otherwise.
 *
 * The first process adds two children, then one more, and seals the group. The second adds a child at any moment, perhaps too late.
 * The third seals the group early, or not at all. Workers end the open children.
 *
 * Holds: the group closes once, and only when it is sealed and none of its children is open. No child is added after that, and a
 * process that adds a child learns whether it was added.
 *
 * Twin NO_SEALED_TEST: the group closes when no child is open, although it is not sealed.
 * Twin ADD_WITHOUT_LOCK: a call that adds a child first reads the group and later writes the child, without the lock of the group.
 */
#define WORKERS 2

byte open;      /* children that have not ended */
byte added;
byte ended;
bool isSealed;
bool isClosed;
byte closings;
byte filling;   /* processes that may still add or seal */

/* At the end of each transaction, under the group's lock. */
inline decide() {
    if
#ifdef NO_SEALED_TEST
    :: open == 0 && !isClosed ->
#else
    :: open == 0 && !isClosed && isSealed ->
#endif
        assert(isSealed);
        isClosed = true;
        closings++
    :: else
    fi
}

/* Adds children to the group. The call is refused if the group takes no more children. */
inline add(count) {
#ifdef ADD_WITHOUT_LOCK
    if
    :: !isClosed && !isSealed ->
        atomic { assert(!isClosed); open = open + count; added = added + count }
    :: else
    fi
#else
    atomic {
        if
        :: !isClosed && !isSealed -> open = open + count; added = added + count
        :: else
        fi
    }
#endif
}

inline seal() {
    atomic { isSealed = true; decide() }
}

/* Adds in two calls, and seals. */
proctype Producer() {
    add(2);
    add(1);
    seal();
    filling--
}

/* Adds at any moment. */
proctype Latecomer() {
    add(1);
    filling--
}

/* Seals at any moment, even an empty group, or not at all. */
proctype Impatient() {
    if
    :: seal()
    :: skip
    fi;
    filling--
}

/* Ends one child after the other. */
proctype Worker() {
    do
    :: atomic { open > 0 -> open--; ended++; decide() }
    :: filling == 0 && open == 0 -> break
    od
}

init {
    byte i;
    atomic {
        filling = 3;
        run Producer();
        run Latecomer();
        run Impatient();
        for (i : 1 .. WORKERS) {
            run Worker()
        }
    }
    _nr_pr == 1;
    assert(closings == 1);
    assert(isClosed && open == 0 && ended == added)
}
