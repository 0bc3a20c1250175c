/* ahead.h: kernels are compiled when they are first run, for seconds in all; a thread runs those to come while the present subject is judged. */
#ifndef CHECK_AHEAD_H
#define CHECK_AHEAD_H

#include "session.h"

/* Begin with the session's first subject. The lanes and subjects stay as they are until ahead_end. Where there is no thread to be had, or no memory,
 * kernels are compiled when they are needed; what fails here fails again there, and is told. */
void ahead_begin(const check_session *s);
void ahead_end(void);

#endif
