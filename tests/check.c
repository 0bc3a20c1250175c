#include "check.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

/* Atomic: the tests of threads check from several at once. */
static atomic_ullong checks_made, checks_failed;

int check_one(int holds, const char *file, int line, const char *condition, const char *format, ...) {
    atomic_fetch_add(&checks_made, 1);
    if (holds) return 1;
    if (atomic_fetch_add(&checks_failed, 1) >= check_print_limit) return 0; /* the count is in the last line */
    char words[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    printf("%s:%d: FAILED: %s: %s\n", file, line, condition, words);
    fflush(stdout);
    return 0;
}

int check_status(ramp_status got, ramp_status want, const char *file, int line, const char *call) {
    const char *words = got != RAMP_OK ? ramp_last_error() : "";
    int holds = check_one(got == want, file, line, call, "gave %s (%s), not %s", ramp_status_name(got), words, ramp_status_name(want));
    if (got != RAMP_OK) holds &= check_one(words[0] != '\0', file, line, call, "%s came without a sentence", ramp_status_name(got));
    return holds;
}

void check_add(unsigned long long checks, unsigned long long failures) {
    atomic_fetch_add(&checks_made, checks);
    atomic_fetch_add(&checks_failed, failures);
}

unsigned long long check_failures(void) { return atomic_load(&checks_failed); }
unsigned long long check_count(void) { return atomic_load(&checks_made); }

int check_skip(const char *format, ...) {
    char words[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    printf("SKIPPED: %s\n", words);
    return check_skipped;
}

int check_finish(const char *name) {
    unsigned long long made = check_count(), failed = check_failures();
    if (made == 0) {
        printf("%s: FAILED: nothing was checked\n", name);
        return 1;
    }
    if (failed > 0)
        printf("%s: FAILED: %llu of %llu checks\n", name, failed, made);
    else
        printf("%s: %llu checks held\n", name, made);
    return failed > 0;
}
