/* layout_run.c: one case: lay it out, call, and look at every byte. */
#include "layout.h"
#include "bits.h"
#include "forbid.h"
#include "reference.h"

#include <stdio.h>
#include <string.h>

static const char *const role_names[] = {"x", "dy", "y", "mask"};

/* ---- Memory ---- */

/* Depends on the place, so that a shifted copy of poison is damage too. */
static unsigned char poison(size_t at) { return (unsigned char)(0xa5 ^ (at * 7 & 0x1f) ^ (at >> 8 & 0x40)); }

static int is_mask(role r) { return r == ROLE_MASK; }

/* The bytes that a view touches: from *low, up to *high. */
static void bytes_touched(const layout_case *c, role r, int64_t *low, int64_t *high) {
    const view *v = &c->view[r];
    const int64_t size = (int64_t)bits_size(c->dtype);
    *low = *high = v->start;
    if (layout_count(c) == 0) return;
    if (is_mask(r)) {
        *high += (int64_t)layout_mask_bytes(c);
        return;
    }
    layout_reach(c, v->strides, low, high);
    *low = v->start + *low * size;
    *high = v->start + (*high + 1) * size;
}

/* How much of each memory a case uses, with the guard zones. 0: more than there is. */
static int measure(layout_session *s, const layout_case *c) {
    for (int m = 0; m < memory_count; m++) s->memory[m].used = s->memory[m].end = 0, s->memory[m].first = memory_bytes;
    for (int r = 0; r < role_count; r++) {
        memory *m = &s->memory[c->view[r].memory];
        int64_t low, high;
        if (!c->view[r].used) continue;
        bytes_touched(c, (role)r, &low, &high);
        if (low < guard_front / 2 || high > memory_bytes - guard_front) return 0;
        if ((size_t)high + guard_front > m->used) m->used = (size_t)high + guard_front;
        if ((size_t)low < m->first) m->first = (size_t)low;
        if ((size_t)high > m->end) m->end = (size_t)high;
    }
    for (int m = 0; m < memory_count; m++) {
        if (s->tight) s->memory[m].used = s->memory[m].end;
        for (size_t i = 0; i < s->memory[m].used; i++) s->memory[m].image[i] = poison(i);
        memset(s->memory[m].mark, 0, s->memory[m].used);
    }
    return 1;
}

static unsigned char *element(const layout_session *s, const layout_case *c, role r, const int64_t *index) {
    return s->memory[c->view[r].memory].image + layout_byte(c, &c->view[r], index);
}

static void scatter(const layout_session *s, const layout_case *c, role r, const void *values) {
    int64_t index[RAMP_MAX_DIMS];
    const uint64_t n = layout_count(c);
    layout_first(index);
    for (uint64_t i = 0; i < n; i++, layout_next(c, index))
        bits_store(c->dtype, element(s, c, r, index), 0, bits_load(c->dtype, values, i));
}

static void gather(const layout_session *s, const layout_case *c, role r, void *values) {
    int64_t index[RAMP_MAX_DIMS];
    const uint64_t n = layout_count(c);
    layout_first(index);
    for (uint64_t i = 0; i < n; i++, layout_next(c, index))
        bits_store(c->dtype, values, i, bits_load(c->dtype, element(s, c, r, index), 0));
}

/* Note which bytes the call must write. 0: two elements share one. */
static int mark_output(const layout_session *s, const layout_case *c) {
    int64_t index[RAMP_MAX_DIMS];
    const uint64_t n = layout_count(c);
    unsigned char *mark = s->memory[c->view[ROLE_Y].memory].mark;
    const size_t size = bits_size(c->dtype);
    layout_first(index);
    for (uint64_t i = 0; i < n; i++, layout_next(c, index)) {
        unsigned char *at = mark + layout_byte(c, &c->view[ROLE_Y], index);
        if (*at != 0) return 0;
        memset(at, 0xff, size);
    }
    if (c->backward || !c->view[ROLE_MASK].used) return 1;
    mark = s->memory[c->view[ROLE_MASK].memory].mark + c->view[ROLE_MASK].start;
    for (size_t i = 0; i < layout_mask_bytes(c); i++) {
        if (mark[i] != 0) return 0;
        mark[i] = 0xff;
    }
    return 1;
}

/* Whether an input has a byte that the call writes. */
static int is_written(const layout_session *s, const layout_case *c, role r) {
    int64_t index[RAMP_MAX_DIMS];
    const uint64_t n = layout_count(c);
    const unsigned char *mark = s->memory[c->view[r].memory].mark;
    layout_first(index);
    for (uint64_t i = 0; i < n && !is_mask(r); i++, layout_next(c, index))
        for (size_t byte = 0; byte < bits_size(c->dtype); byte++)
            if (mark[layout_byte(c, &c->view[r], index) + (int64_t)byte] != 0) return 1;
    for (size_t i = 0; i < layout_mask_bytes(c) && is_mask(r); i++)
        if (mark[c->view[r].start + (int64_t)i] != 0) return 1;
    return 0;
}

/* A call may be given this. */
static int is_legal(const layout_session *s, const layout_case *c) {
    if (!mark_output(s, c)) return 0;
    for (int r = 0; r < role_count; r++) {
        int is_output = r == ROLE_Y || (r == ROLE_MASK && !c->backward);
        if (!c->view[r].used || is_output || r == c->in_place || (c->in_place_all && r == ROLE_DY)) continue;
        if (is_written(s, c, (role)r)) return 0;
    }
    return 1;
}

/* ---- Operands ---- */

static void fill_mask(const layout_session *s, const layout_case *c) {
    const view *v = &c->view[ROLE_MASK];
    unsigned char *bytes = s->memory[v->memory].image + v->start;
    int64_t index[RAMP_MAX_DIMS];
    const uint64_t n = layout_count(c);
    uint64_t state = c->shift;
    if (n > 0 && n % 8 != 0) bytes[n / 8] = (unsigned char)random_next(&state); /* the bits past the end, which are not read */
    layout_first(index);
    for (uint64_t i = 0; i < n; i++, layout_next(c, index)) {
        const int64_t at = layout_bit(c, v, index);
        const unsigned char bit = (unsigned char)(1u << at % 8);
        bytes[at / 8] = (unsigned char)((bytes[at / 8] & ~bit) | (s->flat.bits[i] ? bit : 0));
    }
}

static ramp_tensor flat_tensor(const layout_case *c, void *data) {
    const int64_t n = (int64_t)layout_count(c);
    return ramp_tensor_dense(data, c->dtype, 1, &n);
}

/* The same on the CPU backend, from dense memory: whatever the layout and the backend, the bits are these. From a mask, and from an output that tells
 * which slope it is, dx is that from the input. */
static ramp_status make_want(const layout_session *s, const layout_case *c) {
    const flat_values *f = &s->flat;
    const int by_output = c->saved == RAMP_SAVED_OUTPUT && !reference_has_mask(c->op.id);
    ramp_tensor x = flat_tensor(c, by_output ? f->saved : f->x), dy = flat_tensor(c, f->dy), want = flat_tensor(c, f->want);
    if (!c->backward) return ramp_forward(s->cpu, &c->op, &x, &want, NULL);
    return ramp_backward(s->cpu, &c->op, by_output ? RAMP_SAVED_OUTPUT : RAMP_SAVED_INPUT, &x, &dy, &want);
}

static ramp_status make_saved(const layout_session *s, const layout_case *c) {
    ramp_tensor x = flat_tensor(c, s->flat.x), y = flat_tensor(c, s->flat.saved);
    return ramp_forward(s->cpu, &c->op, &x, &y, NULL);
}

/* --tight: device memory that ends with the last byte that a view touches. */
static ramp_status fit_memory(layout_session *s) {
    ramp_status status = RAMP_OK;
    for (int i = 0; i < memory_count && s->tight && status == RAMP_OK; i++) {
        memory *m = &s->memory[i];
        if (m->used == 0) continue;
        ramp_memory_free(s->device, m->device);
        m->device = NULL;
        status = ramp_memory_alloc(s->device, m->used, &m->device);
    }
    return status;
}

verdict layout_prepare(layout_session *s, const layout_case *c) {
    const flat_values *f = &s->flat;
    const size_t n = (size_t)layout_count(c);
    if (n > largest_count || !measure(s, c)) return layout_say(s, VERDICT_NO_CASE, "it does not fit the test's memory");
    if (fit_memory(s) != RAMP_OK) return layout_say(s, VERDICT_WRONG, "no memory for the case: %s", ramp_last_error());
    if (!is_legal(s, c)) return layout_say(s, VERDICT_NO_CASE, "its output overlaps something");
    inputs_fill(c->input, &c->op, c->dtype, c->shift % 100003, 1, f->x, n);
    inputs_fill(c->gradient, &c->op, c->dtype, c->shift % 100019 + 5, 1, f->dy, n);
    /* What several elements share is the last one's: so all is read back, after all is written. */
    if (c->view[ROLE_X].used) scatter(s, c, ROLE_X, f->x);
    if (c->backward && !c->in_place_all) scatter(s, c, ROLE_DY, f->dy);
    if (c->view[ROLE_X].used) gather(s, c, ROLE_X, f->x);
    if (c->saved == RAMP_SAVED_OUTPUT) {
        if (make_saved(s, c) != RAMP_OK) return layout_say(s, VERDICT_WRONG, "the CPU backend's forward pass: %s", ramp_last_error());
        scatter(s, c, ROLE_X, f->saved);
    }
    if (c->backward) gather(s, c, ROLE_DY, f->dy);
    for (size_t i = 0; i < n && c->view[ROLE_MASK].used; i++)
        f->bits[i] = (unsigned char)reference_mask(&c->op, c->dtype, bits_value(c->dtype, bits_load(c->dtype, f->x, i)));
    if (c->backward && c->view[ROLE_MASK].used) fill_mask(s, c);
    return VERDICT_RIGHT;
}

ramp_tensor layout_tensor(const layout_session *s, const layout_case *c, role r) {
    const view *v = &c->view[r];
    const int64_t ahead = s->has_addresses ? v->ahead : 0;
    ramp_tensor t = {.data = c->data_is_null ? NULL : (char *)s->memory[v->memory].device + ahead,
                     .byte_offset = (uint64_t)(v->start - ahead),
                     .dtype = is_mask(r) ? RAMP_BIT : c->dtype,
                     .ndim = c->ndim};
    memcpy(t.shape, c->shape, sizeof t.shape);
    memcpy(t.strides, v->strides, sizeof t.strides);
    return t;
}

ramp_status layout_call(const layout_session *s, const layout_case *c, const ramp_tensor *t) {
    const ramp_tensor *saved = c->saved == RAMP_SAVED_MASK ? &t[ROLE_MASK] : &t[ROLE_X];
    if (c->backward) return ramp_backward(s->device, &c->op, c->saved, saved, &t[ROLE_DY], &t[ROLE_Y]);
    return ramp_forward(s->device, &c->op, &t[ROLE_X], &t[ROLE_Y], c->view[ROLE_MASK].used ? &t[ROLE_MASK] : NULL);
}

ramp_status layout_upload(const layout_session *s) {
    ramp_status status = RAMP_OK;
    for (int i = 0; i < memory_count && status == RAMP_OK; i++)
        if (s->memory[i].used > 0) status = ramp_memory_upload(s->device, s->memory[i].device, 0, s->memory[i].image, s->memory[i].used);
    return status;
}

ramp_status layout_download(const layout_session *s) {
    ramp_status status = RAMP_OK;
    for (int i = 0; i < memory_count && status == RAMP_OK; i++)
        if (s->memory[i].used > 0) status = ramp_memory_download(s->device, s->memory[i].after, s->memory[i].device, 0, s->memory[i].used);
    return status;
}

/* The call, of a case that is right: on the CPU backend it must not even read outside what its views span. */
static ramp_status call_fenced(const layout_session *s, const layout_case *c, const ramp_tensor *t) {
    const int is_host = strcmp(ramp_device_backend(s->device), "cpu") == 0;
    for (int i = 0; i < memory_count && is_host; i++) {
        const memory *m = &s->memory[i];
        if (m->used > 0) forbid(m->device, m->first), forbid((char *)m->device + m->end, m->used - m->end);
    }
    const ramp_status status = layout_call(s, c, t);
    for (int i = 0; i < memory_count && is_host; i++) permit(s->memory[i].device, s->memory[i].used);
    return status;
}

/* ---- What came of it ---- */

int layout_damage(const layout_session *s, int all_of_it, size_t *at) {
    for (int i = 0; i < memory_count; i++) {
        const memory *m = &s->memory[i];
        unsigned char wrong = 0;
        for (size_t k = 0; k < m->used; k++)
            wrong = (unsigned char)(wrong | ((m->image[k] ^ m->after[k]) & (all_of_it ? 0xff : (unsigned char)~m->mark[k])));
        if (wrong == 0) continue;
        for (*at = 0; m->image[*at] == m->after[*at] || (!all_of_it && m->mark[*at] != 0);) ++*at;
        return i;
    }
    return -1;
}

static void print_index(const layout_case *c, const int64_t *index, char *text, size_t capacity) {
    size_t used = 0;
    text[0] = '\0';
    for (int d = 0; d < c->ndim && used < capacity; d++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%lld", d > 0 ? ", " : "", (long long)index[d]);
}

static verdict wrong_element(layout_session *s, const layout_case *c, const int64_t *index, uint64_t i, const char *against, double want) {
    const flat_values *f = &s->flat;
    char at[300], text[100] = "", given[100] = "";
    const uint64_t got = bits_load(c->dtype, s->memory[c->view[ROLE_Y].memory].after + layout_byte(c, &c->view[ROLE_Y], index), 0);
    print_index(c, index, at, sizeof at);
    if (c->backward) snprintf(text, sizeof text, ", dy %a", bits_value(c->dtype, bits_load(c->dtype, f->dy, i)));
    if (c->saved == RAMP_SAVED_OUTPUT) snprintf(given, sizeof given, ", output %a", bits_value(c->dtype, bits_load(c->dtype, f->saved, i)));
    return layout_say(s, VERDICT_WRONG, "element (%s): x %a%s%s: got %a (%#llx), and %s gives %a", at,
                      bits_value(c->dtype, bits_load(c->dtype, f->x, i)), given, text, bits_value(c->dtype, got), (unsigned long long)got,
                      against, want);
}

/* The oracle's word on one result. */
static int holds(const layout_session *s, const layout_case *c, uint64_t i, uint64_t got) {
    const flat_values *f = &s->flat;
    const double x = bits_value(c->dtype, bits_load(c->dtype, f->x, i)), result = bits_value(c->dtype, got);
    if (!c->backward) return reference_forward_holds(&c->op, c->dtype, x, result);
    const double dy = bits_value(c->dtype, bits_load(c->dtype, f->dy, i));
    if (c->saved != RAMP_SAVED_OUTPUT) return reference_backward_holds(&c->op, c->dtype, x, dy, result);
    return reference_output_backward_holds(&c->op, c->dtype, bits_value(c->dtype, bits_load(c->dtype, f->saved, i)), dy, result);
}

static double wanted(const layout_session *s, const layout_case *c, uint64_t i) {
    const flat_values *f = &s->flat;
    const double x = bits_value(c->dtype, bits_load(c->dtype, f->x, i));
    if (!c->backward) return reference_forward(&c->op, c->dtype, x);
    const double dy = bits_value(c->dtype, bits_load(c->dtype, f->dy, i));
    if (c->saved != RAMP_SAVED_OUTPUT) return reference_backward(&c->op, c->dtype, x, dy);
    return reference_output_backward(&c->op, c->dtype, bits_value(c->dtype, bits_load(c->dtype, f->saved, i)), dy);
}

/* Every result has the CPU backend's bits, and the oracle judges all of them; of f64's smooth ops, where it takes microseconds, and of large
 * tensors a hundred or some thousand, from the first to the last. */
static verdict check_elements(layout_session *s, const layout_case *c) {
    const uint64_t n = layout_count(c), most = c->dtype == RAMP_F64 && !reference_is_exact(c->op.id) ? 150 : 20000;
    const uint64_t every = n > most ? n / most + 1 : 1;
    const unsigned char *after = s->memory[c->view[ROLE_Y].memory].after;
    int64_t index[RAMP_MAX_DIMS];
    layout_first(index);
    for (uint64_t i = 0; i < n; i++, layout_next(c, index)) {
        const uint64_t got = bits_load(c->dtype, after + layout_byte(c, &c->view[ROLE_Y], index), 0);
        const uint64_t same = bits_load(c->dtype, s->flat.want, i);
        if (!bits_same(c->dtype, got, same)) return wrong_element(s, c, index, i, "the CPU backend, dense,", bits_value(c->dtype, same));
        if ((i % every == 0 || i + 1 == n) && !holds(s, c, i, got)) return wrong_element(s, c, index, i, "the reference", wanted(s, c, i));
    }
    s->elements += n;
    return VERDICT_RIGHT;
}

static verdict check_mask(layout_session *s, const layout_case *c) {
    const view *v = &c->view[ROLE_MASK];
    const unsigned char *bytes = s->memory[v->memory].after + v->start;
    const uint64_t n = layout_count(c);
    int64_t index[RAMP_MAX_DIMS];
    char at[300];
    layout_first(index);
    for (uint64_t i = 0; i < n; i++, layout_next(c, index)) {
        const int64_t bit = layout_bit(c, v, index);
        if ((bytes[bit / 8] >> bit % 8 & 1) == s->flat.bits[i]) continue;
        print_index(c, index, at, sizeof at);
        return layout_say(s, VERDICT_WRONG, "the mask's bit of element (%s), bit %lld, is %d, and x is %a", at, (long long)bit,
                          !s->flat.bits[i], bits_value(c->dtype, bits_load(c->dtype, s->flat.x, i)));
    }
    if (n % 8 != 0 && bytes[n / 8] >> n % 8 != 0)
        return layout_say(s, VERDICT_WRONG, "the bits of the mask past its last element are not 0: byte %llu is %#x",
                          (unsigned long long)(n / 8), bytes[n / 8]);
    return VERDICT_RIGHT;
}

/* Which view's memory it was, by the first of them. */
static const char *name_of(const layout_case *c, int at) {
    for (int r = 0; r < role_count; r++)
        if (c->view[r].used && c->view[r].memory == at) return role_names[r];
    return "?";
}

verdict layout_run(layout_session *s, const layout_case *c) {
    ramp_tensor t[role_count];
    size_t at = 0;
    s->words[0] = '\0';
    verdict v = layout_prepare(s, c);
    if (v != VERDICT_RIGHT) return v;
    ramp_status status = layout_count(c) > 0 ? make_want(s, c) : RAMP_OK;
    if (status != RAMP_OK)
        return layout_say(s, VERDICT_WRONG, "the CPU backend, dense: %s: %s", ramp_status_name(status), ramp_last_error());
    for (int r = 0; r < role_count; r++) t[r] = layout_tensor(s, c, (role)r);
    status = layout_upload(s);
    if (status != RAMP_OK) return layout_say(s, VERDICT_WRONG, "the upload gave %s: %s", ramp_status_name(status), ramp_last_error());
    status = call_fenced(s, c, t);
    if (status != RAMP_OK) return layout_say(s, VERDICT_WRONG, "the call gave %s: %s", ramp_status_name(status), ramp_last_error());
    status = layout_download(s);
    if (status != RAMP_OK) return layout_say(s, VERDICT_WRONG, "the download gave %s: %s", ramp_status_name(status), ramp_last_error());
    const int damaged = layout_damage(s, 0, &at);
    if (damaged >= 0)
        return layout_say(s, VERDICT_WRONG, "it wrote byte %zu of %s's memory, which is no output's: %#x, was %#x", at, name_of(c, damaged),
                          s->memory[damaged].after[at], s->memory[damaged].image[at]);
    if (c->view[ROLE_MASK].used && !c->backward) v = check_mask(s, c);
    return v == VERDICT_RIGHT ? check_elements(s, c) : v;
}
