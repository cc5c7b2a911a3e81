package io.forthwith.studio.images;

/**
 * What the image service has counted of an API key. Refused calls are calls too.
 *
 * @param calls how many came
 * @param mostAtATime how many there were at a time, at most
 * @param mostInAMinute how many came in any minute, at most
 * @param refused how many were refused because there were too many
 */
public record Usage(int calls, int mostAtATime, int mostInAMinute, int refused) {}
