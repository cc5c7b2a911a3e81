package io.forthwith.internal;

/** An attempt that has undo actions. What workers and the fake of tests give to processors is one; users see it as a context only. */
public interface AttemptWithUndos {
    /** The undo actions that it has registered. */
    AttemptUndos undoActions();

    /**
     * The undo actions of the attempt behind a context; none for one that a user has made, such as a mock.
     *
     * @param context a {@code JobContext}
     */
    static AttemptUndos undoActionsOf(Object context) {
        return context instanceof AttemptWithUndos attempt ? attempt.undoActions() : new AttemptUndos();
    }
}
