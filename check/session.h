/*
 * session.h: the words of ramp-check.
 *
 *   lane      one device, opened, with its buffers; lane 0 is the CPU backend, whose bits the others must have
 *   subject   one op with its parameters, in one dtype and pass: what is proven
 *   stretch   a run of inputs that a subject is proven on (stretch.h)
 *   row       what was found of a subject
 */
#ifndef CHECK_SESSION_H
#define CHECK_SESSION_H

#include "choices.h"
#include "pass.h"

#include <stdio.h>

#include <ramp/ramp.h>

enum {
    check_max_lanes = 16,
    check_chunk = 1 << 20, /* elements that a lane computes at once */
    check_seed = 20261121
};

typedef struct check_lane {
    ramp_device *device;
    ramp_device_info info;
    void *x, *dy, *y, *mask; /* room for check_chunk elements of any dtype, and a few more */
} check_lane;

typedef struct check_subject {
    ramp_op op;
    char text[128];  /* the op as ramp_op_format writes it */
    size_t entry;    /* the entry of --op that it belongs to */
    int is_default;  /* the op's default parameters */
    int is_thorough; /* proven on many inputs: the defaults, and what --op gives with parameters */
    ramp_dtype dtype;
    check_pass pass;
    int is_mixed;   /* backward: dy is random, huge, tiny, ... ; else 1 */
    double seconds; /* that the oracle takes for one input, measured; one thread */
} check_subject;

/* One element, in full. */
typedef struct check_element {
    double x, y, dy, want, got; /* y: the saved output, where that is given */
} check_element;

typedef enum check_state {
    CHECK_HELD,
    CHECK_WRONG,
    CHECK_SKIPPED, /* the device does not serve it: nothing wrong */
    CHECK_FAILED   /* the device reported an error */
} check_state;

/* What a lane did with a subject. */
typedef struct check_outcome {
    check_state state;
    uint64_t differing;  /* bits that are not the CPU's (16-bit types: not the CPU's f32 result, rounded once) */
    uint64_t wrong;      /* results that break the promise of ramp.h itself */
    check_element first; /* of them */
    char reason[1024];   /* unless HELD */
} check_outcome;

typedef struct check_row {
    const check_subject *what;
    uint64_t inputs;
    uint64_t unrounded; /* results further than half an ulp from the true value */
    double worst;       /* the largest error in ulp */
    check_element at;   /* where; unset where there is none */
    check_outcome lane[check_max_lanes];
} check_row;

/* An entry of --op: an op with every listed parameter set, or with the parameters given. */
typedef struct check_entry {
    char text[128];
} check_entry;

typedef struct check_session {
    check_lane lane[check_max_lanes];
    size_t lanes;
    check_entry *entry;
    size_t entries;
    check_subject *subject;
    size_t subjects;
    check_row *row; /* one a subject */
    unsigned workers;
    int is_full, quiet;
    double seconds; /* all of it took */
    char date[32];  /* the host's clock at the start, UTC, ISO 8601 */
    char (*note)[256];
    size_t notes;
} check_session;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void check_note(check_session *s, const char *format, ...);

/* The worse of a row's lanes. */
check_state check_row_state(const check_session *s, const check_row *row);

#endif
