package io.forthwith.worker;

/** Events that must happen in at least one run; otherwise the runs have tested too little. */
enum Sight {
    TAKEN_OVER,
    LATE_RESULT_REFUSED,
    LOST_ANSWER_FOUND_WRITTEN,
    BEAT_OF_THE_DEAD,
    STRAY_GIVEN_BACK,
    OVERLAPPING_HANDLERS,
    WORKERS_LOST_TOO_OFTEN,
    CANCELLED_WHILE_RUNNING,
    PARENT_CLOSED,
    RETRIED_BY_HAND
}
