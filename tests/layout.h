/*
 * layout.h: the cases of test_layouts: one forward or backward call on tensors of any layout. Each is drawn from a seed and a number
 * (layout_draw.c), run and held against the oracle through a naive indexer (layout_run.c), told in words (layout_words.c), and, if it fails, made
 * simpler for as long as it fails (layout_shrink.c). A bad case is a good one with one thing wrong (layout_bad.c).
 */
#ifndef RAMP_TESTS_LAYOUT_H
#define RAMP_TESTS_LAYOUT_H

#include "inputs.h"
#include "opset.h"

/* X is what the backward pass is given, where that is no mask. */
typedef enum role { ROLE_X, ROLE_DY, ROLE_Y, ROLE_MASK, role_count } role;

typedef struct view {
    int used;
    int memory;    /* which of the memories; views may share one */
    int64_t start; /* in that memory, the byte of element (0, 0, ...); of a mask, of its first bit */
    int64_t ahead; /* so much of `start` goes into tensor.data, where that is an address, and the rest into byte_offset */
    int64_t strides[RAMP_MAX_DIMS];
} view;

enum { memory_count = role_count, guard_front = 512, memory_bytes = 64 << 20, largest_count = 1100000, not_in_place = -1 };

typedef struct layout_case {
    uint64_t id;
    ramp_op op;
    ramp_dtype dtype;
    int backward;
    ramp_saved saved; /* backward */
    int ndim;
    int64_t shape[RAMP_MAX_DIMS];
    view view[role_count];
    int in_place;     /* the input that the output is exactly, or not_in_place */
    int in_place_all; /* both inputs, and the output, are one */
    int data_is_null; /* of an empty tensor */
    input_kind input, gradient;
    uint64_t shift;
} layout_case;

typedef struct memory {
    void *device;
    unsigned char *image; /* what the device's memory holds before the call */
    unsigned char *after; /* and after it */
    unsigned char *mark;  /* 0xff: the call must write this byte */
    size_t used;          /* of this case */
    size_t first, end;    /* the bytes that its views touch lie from `first` up to `end` */
} memory;

/* The oracle's and the CPU backend's side of a case: elements in row-major order of their indices. */
typedef struct flat_values {
    void *x, *dy, *saved, *want;
    unsigned char *bits; /* the mask's, a byte each */
} flat_values;

typedef struct op_list {
    ramp_op op[opset_capacity];
    size_t count;
} op_list;

typedef struct layout_session {
    const char *selector, *broken; /* the backend under test; --break's fault or NULL */
    const char *op_names;          /* --op: as opset_select takes them, joined by spaces; NULL: all, and random parameters */
    ramp_dtype only;               /* --dtype, or 0 */
    int all_bad, tight, has_addresses;
    uint64_t seed;
    ramp_device *device, *cpu;
    unsigned dtypes;
    op_list list[RAMP_BF16 + 1]; /* by dtype */
    memory memory[memory_count];
    flat_values flat;
    unsigned long long cases, bad_cases, failed_cases, elements;
    int tells;        /* one case, told at length */
    char words[2048]; /* what was wrong */
} layout_session;

typedef enum verdict { VERDICT_RIGHT, VERDICT_WRONG, VERDICT_NO_CASE } verdict;

/* Note why, and return v. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
verdict
layout_say(layout_session *s, verdict v, const char *format, ...);

/* ---- layout_index.c: the naive indexer ---- */

uint64_t layout_count(const layout_case *c);

/* The first index, and the next one in row-major order. */
void layout_first(int64_t *index);
void layout_next(const layout_case *c, int64_t *index);

/* Where the element is: its byte in the view's memory, or its bit after the view's first byte. */
int64_t layout_byte(const layout_case *c, const view *v, const int64_t *index);
int64_t layout_bit(const layout_case *c, const view *v, const int64_t *index);

/* The least and the largest (index * strides), in elements. */
void layout_reach(const layout_case *c, const int64_t *strides, int64_t *low, int64_t *high);

/* Dense strides with the dimensions in the order of `strides`, the smallest last in memory. */
void layout_densify(const layout_case *c, int64_t *strides);
void layout_row_major(const layout_case *c, int64_t *strides);

size_t layout_mask_bytes(const layout_case *c);

/* Whether two elements of these strides are one. */
int layout_repeats(const layout_case *c, const int64_t *strides);

/* ---- The rest, each in its file ---- */

/* Case `id` of s->seed, on the ops and dtypes of s. */
layout_case layout_draw(const layout_session *s, uint64_t id);

/* The operand as the call is given it. */
ramp_tensor layout_tensor(const layout_session *s, const layout_case *c, role r);

/* Lay out the operands; VERDICT_NO_CASE where they are not what a call may be given. */
verdict layout_prepare(layout_session *s, const layout_case *c);
ramp_status layout_upload(const layout_session *s);
ramp_status layout_download(const layout_session *s);
ramp_status layout_call(const layout_session *s, const layout_case *c, const ramp_tensor *t);

/* The first byte that the call must not write, and wrote: its memory, or -1; with all_of_it, of any byte. */
int layout_damage(const layout_session *s, int all_of_it, size_t *at);

/* Run it. What is wrong, or why it is no case, is in s->words. */
verdict layout_run(layout_session *s, const layout_case *c);

/* Make the good case c wrong in one way, and run that; and how many were wrong in which way. */
verdict layout_run_bad(layout_session *s, const layout_case *c);
void layout_print_bad(void);

/* The simplest case found that fails as c does; s->words is then its. */
layout_case layout_shrink(layout_session *s, const layout_case *c);

/* The case in words, several lines; and a bad one's tensors. */
void layout_print(const layout_session *s, const layout_case *c);
void layout_print_tensors(const layout_case *c, const ramp_tensor *t);

/* Draws: 0 to n - 1; and once in n. */
uint64_t draw_below(uint64_t *state, uint64_t n);
int draw_once_in(uint64_t *state, uint64_t n);

#endif
