/* progress.h: what is running, on stderr, for whatever takes longer than two seconds. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

/* `total` is all the work there is to do, in any unit. Says nothing where `quiet`; where stderr is no terminal, a line every ten seconds. */
void progress_begin(double total, int quiet);

/* What is done now. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void progress_show(const char *format, ...);

/* This much of the work was done since the last progress_show, or will not be. */
void progress_add(double work);

/* Wipe the line, before something else is printed. */
void progress_clear(void);

double progress_clock(void); /* seconds, of a clock that only goes forward */

#endif
