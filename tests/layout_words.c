/* layout_words.c: a case in words, and how to run it again. */
#include "layout.h"
#include "bits.h"

#include <stdio.h>

static void print_list(const int64_t *list, int n) {
    printf("[");
    for (int i = 0; i < n; i++) printf("%s%lld", i > 0 ? ", " : "", (long long)list[i]);
    printf("]");
}

static const char *name_of(const layout_case *c, int r) {
    static const char *const forward[] = {"x", "", "y", "mask"}, *const backward[] = {"saved", "dy", "dx", "mask"};
    return c->backward ? backward[r] : forward[r];
}

void layout_print_tensors(const layout_case *c, const ramp_tensor *t) {
    for (int r = 0; r < role_count; r++) {
        if (!c->view[r].used) continue;
        printf("  %-5s dtype %d, ndim %d, byte offset %llu%s, shape ", name_of(c, r), (int)t[r].dtype, (int)t[r].ndim,
               (unsigned long long)t[r].byte_offset, t[r].data == NULL ? ", data NULL" : "");
        print_list(t[r].shape, c->ndim);
        printf(", strides ");
        print_list(t[r].strides, c->ndim);
        printf("\n");
    }
}

void layout_print(const layout_session *s, const layout_case *c) {
    static const char *const saved[] = {"from the input", "from the output", "from a mask"};
    static const char *const inputs[] = {[INPUT_SPECIAL] = "special values",
                                         [INPUT_STRIDE] = "a stride through all",
                                         [INPUT_RANGE] = "values in range",
                                         [INPUT_BORDERS] = "values at the borders",
                                         [INPUT_ONE] = "ones",
                                         [INPUT_MIXED] = "mixed values"};
    char text[160];
    printf("    %s %s, %s%s, shape ", opset_text(&c->op, text), bits_name(c->dtype), c->backward ? "backward " : "forward",
           c->backward               ? saved[c->saved]
           : c->view[ROLE_MASK].used ? " with a mask"
                                     : "");
    print_list(c->shape, c->ndim);
    printf(", x %s", inputs[c->input]);
    if (c->backward) printf(", dy %s", inputs[c->gradient]);
    if (c->in_place != not_in_place)
        printf(", %s in place of %s", c->backward ? "dx" : "y", c->in_place_all ? "x and dy" : name_of(c, c->in_place));
    printf("%s\n", c->data_is_null ? ", data NULL" : "");
    for (int r = 0; r < role_count; r++) {
        const view *v = &c->view[r];
        if (!v->used) continue;
        printf("    %-5s strides ", name_of(c, r));
        print_list(v->strides, c->ndim);
        printf(" from byte %lld of memory %d", (long long)v->start, v->memory);
        if (s->has_addresses) printf(", %lld of them in data", (long long)v->ahead);
        printf("\n");
    }
}
