/*
 * check.h: all that the tests have for a framework; CTest does the rest. CHECK counts and prints; main ends in `return
 * check_finish("name")`: 0 all held, 1 some did not (or nothing was checked at all), 77 skipped.
 */
#ifndef RAMP_TESTS_CHECK_H
#define RAMP_TESTS_CHECK_H

#include <ramp/ramp.h>

enum { check_skipped = 77, check_print_limit = 40 };

/* Count one check; where it does not hold, print file:line, the condition and a sentence that shows the values. Returns the condition. */
#define CHECK(condition, ...) check_one(!!(condition), __FILE__, __LINE__, #condition, __VA_ARGS__)

/* `call` must give `status`, and, where that is not RAMP_OK, a sentence. */
#define CHECK_STATUS(call, status) check_status((call), (status), __FILE__, __LINE__, #call)

/* Leave a test that cannot run here, with the reason: return TEST_SKIP("no OpenCL platform: %s", words); */
#define TEST_SKIP(...) check_skip(__VA_ARGS__)

#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
int check_one(int holds, const char *file, int line, const char *condition, const char *format, ...);

int check_status(ramp_status got, ramp_status want, const char *file, int line, const char *call);

/* Count checks that a test made by itself (one per element, say) and how many of them failed. */
void check_add(unsigned long long checks, unsigned long long failures);
unsigned long long check_failures(void);
unsigned long long check_count(void);

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
int check_skip(const char *format, ...);

/* Print the last line and give main's exit status. */
int check_finish(const char *name);

#endif
