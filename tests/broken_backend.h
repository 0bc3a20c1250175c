/* broken_backend.h: a backend that is wrong on purpose. A test that it passes tests nothing. */
#ifndef RAMP_TESTS_BROKEN_BACKEND_H
#define RAMP_TESTS_BROKEN_BACKEND_H

#include <ramp/backend.h>

/* Register the backend "broken" with this fault, "none" for none. 0: there is no such fault; `names` gets the list. */
int broken_backend_register(const char *fault, const char **names);

#endif
