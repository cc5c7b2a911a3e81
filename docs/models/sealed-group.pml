/*
 * A group is filled in several calls, while its first children are ending already, and is sealed at last.
 *
 * Every call is a transaction that locks the group first and looks at it then, as in parent-closes.pml: adding children,
 * sealing, and ending a child. So each is one indivisible step here, where it is not said otherwise.
 *
 * One process adds two children, then another one, and seals the group. A second adds a child at any moment, also when it is
 * too late. A third seals it early, or does not. Workers end what is open.
 *
 * Holds: the group is closed once, only when it is sealed and none of its children is open; none is added after that, and
 * whoever adds is told whether it has.
 *
 * Twin NO_SEALED_TEST: the group closes when no child is open, whether or not more are to come.
 * Twin ADD_WITHOUT_LOCK: adding looks at the group first and writes the child later, without the group's lock.
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

/* A call that adds children to the group is refused when that takes no more. */
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
