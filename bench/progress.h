/* progress.h: what is running, on a terminal, for whatever takes longer than two seconds. */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

/* `total` is all the work that is to be timed, in any unit. Says nothing where stderr is no terminal, or `quiet`. */
void progress_begin(double total, int quiet);

/* What is done now. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void progress_show(const char *format, ...);

/* This much of the work was timed, or will not be. */
void progress_add(double work);

/* Wipe the line, before something else is printed. */
void progress_clear(void);

double progress_clock(void); /* seconds, of a clock that only goes forward */

#endif
