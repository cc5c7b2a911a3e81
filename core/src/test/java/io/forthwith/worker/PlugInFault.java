package io.forthwith.worker;

import org.jspecify.annotations.Nullable;

/** Makes one call of one plug-in throw. */
public final class PlugInFault {
    /** What an application plugs into a worker. The last two are seams of the engine, which no application sees. */
    public enum PlugIn {
        LISTENER,
        INTERCEPTOR,
        RESULT,
        REDACTOR,
        CLASSIFIER,
        BACK_OFF,
        EXECUTOR_REFUSES,
        EXECUTOR_ACCEPTS_AND_THROWS,
        LOG,
        LOG_FILTER,
        MDC,
        TICKER,
        RANDOM
    }

    private final @Nullable PlugIn plugIn;
    private final int at;
    private int calls;

    private PlugInFault(@Nullable PlugIn plugIn, int at) {
        this.plugIn = plugIn;
        this.at = at;
    }

    /** Counts the calls of a plug-in, of which none throws. */
    public static PlugInFault none(PlugIn counted) {
        return new PlugInFault(counted, 0);
    }

    /**
     * Makes one call throw.
     *
     * @param at which call, counted from 1
     */
    public static PlugInFault at(PlugIn plugIn, int at) {
        return new PlugInFault(plugIn, at);
    }

    /** The plug-in is called. */
    public void hit(PlugIn called) {
        if (called == plugIn && ++calls == at) {
            throw new Struck(this);
        }
    }

    int calls() {
        return calls;
    }

    @Override
    public String toString() {
        return plugIn + " throws at call " + at;
    }

    /** What the plug-in throws. It is an {@link Error}, because these are caught least often. */
    static final class Struck extends Error {
        private static final long serialVersionUID = 1;

        Struck(PlugInFault fault) {
            super(fault.toString());
        }
    }
}
