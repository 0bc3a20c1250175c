/* broken_backend.h: a backend that is wrong on purpose. A test that it passes tests nothing. */
#ifndef RAMP_TESTS_BROKEN_BACKEND_H
#define RAMP_TESTS_BROKEN_BACKEND_H

#include <ramp/backend.h>

/* What a test's --backend and --break, each of which may be NULL, choose: that selector; or "broken", a backend that is registered now, with this fault,
 * "none" for none. NULL, after a sentence on stderr: neither is given, or there is no such fault. */
const char *broken_backend_choose(const char *selector, const char *fault);

#endif
