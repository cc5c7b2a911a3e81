package io.forthwith.internal;

/**
 * The key of what only the library may call, although it is public. A public constructor that asks for it can be called by the library alone, since this package is not exported to
 * others; so a value can get a part more without breaking a program that was compiled before.
 */
public enum LibraryOnly {
    KEY
}
