#include "info.h"
#include "program.h"
#include "table.h"

#include <string.h>

static void print_devices(const info_facts *facts) {
    table t = table_new("lllrll");
    static const char *const heading[] = {"selector", "type", "dtypes", "memory", "driver", "name"};
    for (size_t i = 0; i < 6; i++) table_cell(&t, "%s", heading[i]);
    size_t ready = 0;
    for (size_t i = 0; i < facts->count; i++) {
        const ramp_device_info *d = &facts->device[i];
        char bytes[16], dtypes[48];
        if (d->status != RAMP_OK) continue;
        ready++;
        table_cell(&t, "%s", d->selector);
        table_cell(&t, "%s", program_type(d->type));
        table_cell(&t, "%s", program_dtypes(dtypes, d->dtypes));
        table_cell(&t, "%s", program_bytes(bytes, d->memory));
        table_cell(&t, "%s", d->driver);
        table_cell(&t, "%s", d->name);
    }
    puts("Devices that are ready");
    if (ready > 0)
        table_print(&t, stdout, 2);
    else
        puts("  none");
    table_free(&t);
    for (size_t i = 0; i < facts->count; i++) {
        const ramp_device_info *d = &facts->device[i];
        if (d->status == RAMP_OK && d->reason[0] != '\0') printf("  %s: %s\n", d->selector, d->reason);
    }
    if (ready == facts->count) return;
    puts("\nNot ready");
    for (size_t i = 0; i < facts->count; i++) {
        const ramp_device_info *d = &facts->device[i];
        if (d->status != RAMP_OK) printf("  %s%s%s: %s\n", d->selector, d->name[0] != '\0' ? ", " : "", d->name, d->reason);
    }
}

static void print_choice(const info_facts *facts) {
    int is_auto = strcmp(facts->source, "auto") == 0;
    printf("\n%s%s%s ", facts->source, is_auto ? "" : " = ", is_auto ? "" : facts->text);
    if (facts->chosen != NULL)
        printf("opens %s.\n", facts->chosen);
    else
        printf("opens nothing: %s\n", facts->chosen_why);
    if (is_auto) puts("RAMP_BACKEND is not set; it, or a program's --backend, may name another: cuda,opencl,cpu or opencl:0 or cuda:NAME.");
}

static void print_ops(void) {
    table t = table_new("lllll");
    static const char *const heading[] = {"op", "parameters (defaults)", "definition", "limit", "also called"};
    for (size_t i = 0; i < 5; i++) table_cell(&t, "%s", heading[i]);
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info op;
        char params[256] = "";
        if (ramp_op_describe(i, &op) != RAMP_OK) continue;
        for (uint32_t p = 0; p < op.param_count; p++) {
            size_t used = strlen(params);
            snprintf(params + used, sizeof params - used, "%s%s = %g", p > 0 ? ", " : "", op.param[p].name, op.param[p].value);
        }
        table_cell(&t, "%s", op.name);
        table_cell(&t, "%s", params);
        table_cell(&t, "%s", op.definition);
        table_cell(&t, "%s", op.limit);
        table_cell(&t, "%s", op.aliases);
    }
    puts("\nOps");
    table_print(&t, stdout, 2);
    puts("  An op is written name, name:values or name:parameter=value: softsign, hardtanh:-1,1, hardtanh:hi=6.");
    table_free(&t);
}

/* What any ready device computes. */
static void print_dtypes(const info_facts *facts) {
    uint32_t all = 0;
    char text[48];
    for (size_t i = 0; i < facts->count; i++)
        if (facts->device[i].status == RAMP_OK) all |= facts->device[i].dtypes;
    printf("\nDtypes: %s\n", all != 0 ? program_dtypes(text, all) : "none");
}

void info_text(const info_facts *facts) {
    printf("ramp %s\n\n", program_version());
    print_devices(facts);
    print_choice(facts);
    print_ops();
    print_dtypes(facts);
}
