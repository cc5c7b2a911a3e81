package io.forthwith.internal;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A method whose answer must be used, or a type of which this holds for all methods that answer something: its values do not change, each setting returns a new one. Error Prone
 * and SpotBugs know annotations of this name, and report a call that lets the answer fall.
 */
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface CheckReturnValue {}
