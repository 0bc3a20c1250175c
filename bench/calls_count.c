#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dlvsym, dladdr, RTLD_NEXT */
#endif
#include "calls_count.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED
#endif

#include <stddef.h>
#include <stdlib.h> /* says whether this is glibc */

#if defined(__GLIBC__) && !defined(IS_SANITIZED)

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <ramp/ramp.h>

#define VISIBLE __attribute__((visibility("default"))) /* so that it comes before libc's, in ramp and in the drivers too */

typedef enum place { ELSEWHERE, IN_RAMP, IN_DRIVER, places } place;

static __thread place where;
static atomic_ullong mallocs[places];

/* ---- malloc and its kin; free stays libc's ---- */

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static void note(void) {
    if (where != ELSEWHERE) atomic_fetch_add_explicit(&mallocs[where], 1, memory_order_relaxed);
}

VISIBLE void *malloc(size_t bytes) {
    note();
    return __libc_malloc(bytes);
}

VISIBLE void *calloc(size_t count, size_t size) {
    note();
    return __libc_calloc(count, size);
}

VISIBLE void *realloc(void *memory, size_t bytes) {
    note();
    return __libc_realloc(memory, bytes);
}

VISIBLE void *memalign(size_t alignment, size_t bytes) {
    note();
    return __libc_memalign(alignment, bytes);
}

VISIBLE void *aligned_alloc(size_t alignment, size_t bytes) {
    note();
    return __libc_memalign(alignment, bytes);
}

VISIBLE int posix_memalign(void **memory, size_t alignment, size_t bytes) {
    note();
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *made = __libc_memalign(alignment, bytes);
    if (made == NULL) return ENOMEM;
    *memory = made;
    return 0;
}

/* ---- The driver's functions ----
 * None takes more arguments than these, and none of those that ramp calls takes a float: what is in the registers and on the stack is handed on, whatever
 * it means. */
typedef long (*function)(long, long, long, long, long, long, long, long, long, long, long, long);

static struct {
    function target;
    const char *name;
    atomic_ullong calls;
} slots[count_most_functions];
static atomic_int used;
static atomic_int is_begun;

static void enter(int slot) {
    atomic_fetch_add_explicit(&slots[slot].calls, 1, memory_order_relaxed);
    where = IN_DRIVER;
}

#define THUNK(n)                                                                                                                           \
    static long thunk_##n(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k, long l) {                \
        const int is_counted = where == IN_RAMP;                                                                                           \
        if (is_counted) enter(0x##n);                                                                                                      \
        const long result = slots[0x##n].target(a, b, c, d, e, f, g, h, i, j, k, l);                                                       \
        if (is_counted) where = IN_RAMP;                                                                                                   \
        return result;                                                                                                                     \
    }
#define EACH_OF_16(X, n)                                                                                                                   \
    X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9) X(n##a) X(n##b) X(n##c) X(n##d) X(n##e) X(n##f)
#define EACH(X)                                                                                                                            \
    EACH_OF_16(X, 0)                                                                                                                       \
    EACH_OF_16(X, 1) EACH_OF_16(X, 2) EACH_OF_16(X, 3) EACH_OF_16(X, 4) EACH_OF_16(X, 5) EACH_OF_16(X, 6) EACH_OF_16(X, 7)
EACH(THUNK)
#define ADDRESS(n) thunk_##n,
static const function thunks[count_most_functions] = {EACH(ADDRESS)};

static void *counted(const char *name, void *target) {
    const int slot = atomic_fetch_add(&used, 1);
    if (slot >= count_most_functions) abort(); /* more functions than a count has room for: make it larger */
    memcpy(&slots[slot].target, &target, sizeof target);
    slots[slot].name = name; /* a string of ramp's */
    void *thunk;
    memcpy(&thunk, &thunks[slot], sizeof thunk);
    return thunk;
}

static int is_in_ramp(const void *address) {
    ramp_status (*of_ramp)(ramp_device *) = ramp_device_synchronize;
    void *known;
    Dl_info here, there;
    memcpy(&known, &of_ramp, sizeof known);
    return dladdr((void *)(size_t)address, &here) != 0 && dladdr(known, &there) != 0 && here.dli_fbase == there.dli_fbase;
}

typedef void *(*finder)(void *library, const char *name);

static finder libc_dlsym(void) {
    static finder found;
    static const char *const version[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5", "GLIBC_2.27", "GLIBC_2.36"};
    for (size_t i = 0; found == NULL && i < sizeof version / sizeof version[0]; i++) {
        void *address = dlvsym(RTLD_NEXT, "dlsym", version[i]);
        memcpy(&found, &address, sizeof found);
    }
    return found;
}

/* The last call is a jump, so that for RTLD_NEXT libc sees who asked. */
VISIBLE void *dlsym(void *restrict library, const char *restrict name) {
    const finder find = libc_dlsym();
    if (!atomic_load_explicit(&is_begun, memory_order_relaxed) || !is_in_ramp(__builtin_return_address(0))) return find(library, name);
    void *target = find(library, name);
    return target != NULL ? counted(name, target) : NULL;
}

int calls_count_begin(const char **why) {
    *why = "libc's dlsym was not found";
    if (libc_dlsym() == NULL) return 0;
    atomic_store(&is_begun, 1);
    return 1;
}

void calls_count_here(int is_on) { where = is_on ? IN_RAMP : ELSEWHERE; }

calls_count calls_count_get(void) {
    calls_count c = {.mallocs = atomic_load(&mallocs[IN_RAMP]), .driver_mallocs = atomic_load(&mallocs[IN_DRIVER])};
    for (int i = 0; i < count_most_functions; i++) c.calls += atomic_load(&slots[i].calls);
    return c;
}

void calls_count_reset(void) {
    for (int i = 0; i < places; i++) atomic_store(&mallocs[i], 0);
    for (int i = 0; i < count_most_functions; i++) atomic_store(&slots[i].calls, 0);
}

const char *calls_count_function(int index, unsigned long long *calls) {
    if (index < 0 || index >= count_most_functions || slots[index].name == NULL) return NULL;
    *calls = atomic_load(&slots[index].calls);
    return slots[index].name;
}

#else

int calls_count_begin(const char **why) {
#if defined(IS_SANITIZED)
    *why = "a sanitizer's malloc is not to be replaced: a build without it counts";
#else
    *why = "only with glibc can its malloc be replaced and called";
#endif
    return 0;
}

void calls_count_here(int is_on) { (void)is_on; }
calls_count calls_count_get(void) { return (calls_count){0}; }
void calls_count_reset(void) {}
const char *calls_count_function(int index, unsigned long long *calls) {
    (void)index;
    *calls = 0;
    return NULL;
}

#endif
