/*
 * os.h: all that depends on the operating system: shared libraries, threads, fork, environment, processors. os.c is the only file to port.
 */
#ifndef RAMP_OS_H
#define RAMP_OS_H

#include <pthread.h>
#include <sched.h>
#include <stddef.h>

/* Open a shared library by its soname, never from the current directory. NULL: `reason` holds the loader's words. */
void *os_library_open(const char *soname, char *reason, size_t capacity);

/* Store the address of `name` in *function, which is a pointer to a function. 0: the library does not have it (*function is NULL). */
int os_library_symbol(void *library, const char *name, void *function);

void os_library_close(void *library);

/* The environment variable, or NULL; secure: also NULL in set-uid and set-gid programs. */
const char *os_getenv(const char *name);
const char *os_getenv_secure(const char *name);

/* How often this process is the child of a fork() since the first call of os_fork_watch(), which every user of the count calls first. */
void os_fork_watch(void);
unsigned os_fork_count(void);

/* Call the function in every child of a fork(), before fork() returns there. */
void os_on_fork_child(void (*function)(void));

/* Processors that this process may run on, at least 1; the processor's name; bytes of physical memory, and of the last cache (0: not
 * known). */
unsigned os_processor_count(void);
void os_processor_name(char *name, size_t capacity);
unsigned long long os_memory_bytes(void);
unsigned long long os_cache_bytes(void);

/* What a job may count on of a last cache of so many bytes. */
unsigned long long os_cache_share(unsigned long long bytes);

/* A clock that only goes forward, in nanoseconds. */
unsigned long long os_clock_ns(void);

/* For a loop that waits: what else could run on this processor does, if there is anything. */
static inline void os_yield(void) { sched_yield(); }

/* For a loop that looks at memory until another thread writes it: leaves a core's means to whoever shares it, and its memory's lines alone for a moment. */
static inline void os_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Start a thread that handles no signals: those are the application's. 0: it could not be had. */
typedef pthread_t os_thread;
int os_thread_start(os_thread *thread, void *(*function)(void *), void *argument);
static inline void os_thread_join(os_thread thread) { pthread_join(thread, NULL); }

typedef pthread_mutex_t os_mutex;
typedef pthread_once_t os_once;
#define OS_MUTEX_INIT PTHREAD_MUTEX_INITIALIZER
#define OS_ONCE_INIT  PTHREAD_ONCE_INIT
static inline void os_mutex_init(os_mutex *mutex) { pthread_mutex_init(mutex, NULL); }
static inline void os_mutex_destroy(os_mutex *mutex) { pthread_mutex_destroy(mutex); }
static inline void os_mutex_lock(os_mutex *mutex) { pthread_mutex_lock(mutex); }
static inline int os_mutex_trylock(os_mutex *mutex) { return pthread_mutex_trylock(mutex) == 0; } /* 1: locked */
static inline void os_mutex_unlock(os_mutex *mutex) { pthread_mutex_unlock(mutex); }
static inline void os_call_once(os_once *once, void (*function)(void)) { pthread_once(once, function); }

typedef pthread_cond_t os_condition;
#define OS_CONDITION_INIT PTHREAD_COND_INITIALIZER
static inline void os_condition_init(os_condition *condition) { pthread_cond_init(condition, NULL); }
static inline void os_condition_wait(os_condition *condition, os_mutex *mutex) { pthread_cond_wait(condition, mutex); }
static inline void os_condition_signal(os_condition *condition) { pthread_cond_signal(condition); }

#endif
