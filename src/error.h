/* error.h: what the core alone may ask of a thread's error sentence; backends set it (ramp/backend.h), users read it (ramp_last_error). */
#ifndef RAMP_ERROR_H
#define RAMP_ERROR_H

/* How often this thread has set its sentence: two counts tell whether a call in between did. */
unsigned error_count(void);

#endif
