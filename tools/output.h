/* output.h: a file that an option names: --json's. It is written beside the name and moved there when it is whole, so that who is interrupted leaves
 * no half file, and the results of the last run stay until those of the next are there. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <stdio.h>

typedef struct output {
    FILE *file;           /* NULL where no output was asked for */
    const char *option;   /* "--json" */
    const char *name;     /* as the user wrote it */
    char *path, *partial; /* where it will lie, and where it lies till then; NULL for standard output, a device or a pipe */
} output;

/* NULL is no output, "-" is standard output. Before the work begins: a name that cannot be written should not cost the results. -1, or with
 * a complaint an exit code. Up to output_most at a time. */
enum { output_most = 4 };
int output_open(output *o, const char *option, const char *name);

/* Write it out and move it to its name, or throw it away unless `keep`. `code`, or exit_wrong with a complaint where that failed. */
int output_close(output *o, int keep, int code);

#endif
